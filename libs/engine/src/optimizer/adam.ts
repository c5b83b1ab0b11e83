import { tf } from '../tf.js';
import type { AdamOptions } from './optimizer.js';
import type { UpdateRule } from './update-rule.js';

/**
 * Adam (Kingma and Ba, 2015, Algorithm 1) and AdamW (Loshchilov and Hutter, 2019, Algorithm 2) as in `torch.optim`:
 *
 *     Adam:  g = gradient + weightDecay * w           AdamW: w = w - learningRate * weightDecay * w
 *     m = m + (1 - beta1) * (g - m)
 *     v = beta2 * v + (1 - beta2) * g^2
 *     w = w - learningRate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
 *
 * The last line is computed with `sqrt(1 - beta2^t)` drawn out of the fraction, which saves a pass over memory.
 */
export function adamRule(options: AdamOptions): UpdateRule<'mean' | 'square'> {
  const { name, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const { weightDecay = name === 'adamw' ? 0.01 : 0 } = options;
  return {
    slots: ['mean', 'square'],
    begin(learningRate, step) {
      const correction = Math.sqrt(1 - beta2 ** step);
      const rate = tf.scalar((learningRate * correction) / (1 - beta1 ** step));
      const floor = tf.scalar(epsilon * correction);
      const decay = tf.scalar(weightDecay);
      const keep = tf.scalar(1 - learningRate * weightDecay);
      const newMean = tf.scalar(1 - beta1);
      const oldSquare = tf.scalar(beta2);
      const newSquare = tf.scalar(1 - beta2);
      return (weight, gradient, { mean, square }) => {
        const isCoupled = name === 'adam' && weightDecay !== 0;
        const total = isCoupled ? tf.add(gradient, tf.mul(weight, decay)) : gradient;
        mean.assign(tf.add(mean, tf.mul(tf.sub(total, mean), newMean)));
        square.assign(tf.add(tf.mul(square, oldSquare), tf.mul(tf.square(total), newSquare)));
        const shrunk = name === 'adamw' && weightDecay !== 0 ? tf.mul(weight, keep) : weight;
        const direction = tf.div(mean, tf.add(tf.sqrt(square), floor));
        weight.assign(tf.sub(shrunk, tf.mul(direction, rate)));
      };
    },
  };
}
