import { tf } from '../tf.js';
import type { RmsPropOptions } from './optimizer.js';
import type { UpdateRule } from './update-rule.js';

/**
 * RMSProp (Hinton's lecture 6e of 2012) as in `torch.optim.RMSprop`, not centred:
 *
 *     g = gradient + weightDecay * w
 *     s = alpha * s + (1 - alpha) * g^2
 *     d = g / (sqrt(s) + epsilon);   with momentum: b = momentum * b + d, d = b
 *     w = w - learningRate * d
 */
export function rmsPropRule(options: RmsPropOptions): UpdateRule<'square' | 'momentum'> {
  const { alpha = 0.99, epsilon = 1e-8, momentum = 0, weightDecay = 0 } = options;
  return {
    slots: momentum === 0 ? ['square'] : ['square', 'momentum'],
    begin(learningRate) {
      const rate = tf.scalar(learningRate);
      const decay = tf.scalar(weightDecay);
      const oldSquare = tf.scalar(alpha);
      const newSquare = tf.scalar(1 - alpha);
      const floor = tf.scalar(epsilon);
      const friction = tf.scalar(momentum);
      return (weight, gradient, slot) => {
        const total = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(weight, decay));
        const { square } = slot;
        square.assign(tf.add(tf.mul(square, oldSquare), tf.mul(tf.square(total), newSquare)));
        let direction: tf.Tensor = tf.div(total, tf.add(tf.sqrt(square), floor));
        if (momentum !== 0) {
          slot.momentum.assign(tf.add(tf.mul(slot.momentum, friction), direction));
          direction = slot.momentum;
        }
        weight.assign(tf.sub(weight, tf.mul(direction, rate)));
      };
    },
  };
}
