import { tf } from '@lyceum/engine';
import type { NormTensors } from './loss.js';

/**
 * The mean of a channel's negative responses, when its responses are normal with mean beta and standard deviation
 * |gamma|, as those of a batch norm are; phi and Phi are the standard normal density and distribution:
 *
 *     m = beta - |gamma| phi(beta / |gamma|) / Phi(-beta / |gamma|);   m = -3 |gamma| where Phi is not above 0.001
 *
 * @returns `[C]`.
 */
export function negativeMean({ gamma, beta }: NormTensors): tf.Tensor1D {
  // A channel that does not vary has a limit too: beta, or 0 where that is above 0.
  const deviation = tf.maximum(tf.abs(gamma), 1e-12);
  const ratio = tf.div(beta, deviation);
  const density = tf.div(tf.exp(tf.mul(tf.square(ratio), -0.5)), Math.sqrt(2 * Math.PI));
  const negative = tf.mul(tf.sub(1, tf.erf(tf.div(ratio, Math.SQRT2))), 0.5);
  const mean = tf.sub<tf.Tensor1D>(beta, tf.mul(deviation, tf.div(density, tf.maximum(negative, 1e-3))));
  return tf.where<tf.Tensor1D>(tf.greater(negative, 1e-3), mean, tf.mul(deviation, -3));
}
