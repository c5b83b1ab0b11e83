import { tf } from '../tf.js';
import type { SgdOptions } from './optimizer.js';
import type { UpdateRule } from './update-rule.js';

/**
 * Stochastic gradient descent as in `torch.optim.SGD` with dampening 0:
 *
 *     g = gradient + weightDecay * w
 *     v = momentum * v + g
 *     w = w - learningRate * v                       (Nesterov: w - learningRate * (g + momentum * v))
 */
export function sgdRule({
  momentum = 0.9,
  nesterov = false,
  weightDecay = 0,
}: SgdOptions): UpdateRule<'momentum'> {
  return {
    slots: momentum === 0 ? [] : ['momentum'],
    begin(learningRate) {
      const rate = tf.scalar(learningRate);
      const decay = tf.scalar(weightDecay);
      const friction = tf.scalar(momentum);
      return (weight, gradient, slot) => {
        const decayed = weightDecay === 0 ? [gradient] : [gradient, tf.mul(weight, decay)];
        if (momentum === 0) {
          weight.assign(tf.sub(weight, tf.mul(tf.addN(decayed), rate)));
          return;
        }
        const { momentum: velocity } = slot;
        if (nesterov) {
          const total = tf.addN(decayed);
          velocity.assign(tf.add(tf.mul(velocity, friction), total));
          weight.assign(tf.sub(weight, tf.mul(tf.add(total, tf.mul(velocity, friction)), rate)));
        } else {
          velocity.assign(tf.addN([tf.mul(velocity, friction), ...decayed]));
          weight.assign(tf.sub(weight, tf.mul(velocity, rate)));
        }
      };
    },
  };
}
