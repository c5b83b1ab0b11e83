import { tf } from '@lyceum/engine';
import type { Shape } from './loss.js';

/** Eight signs fill one number, 0 to 255: exact in 16-bit floats of either kind. */
const places = [128, 64, 32, 16, 8, 4, 2, 1];

/**
 * Which numbers are above 0, eight of them in one whole number: `[N, ...]` of `count` numbers a sample to
 * `[N, ceil(count / 8)]`.
 */
export function packSigns(tensor: tf.Tensor): tf.Tensor2D {
  const batch = tensor.shape[0];
  const count = tensor.size / batch;
  const bits = tf.reshape<tf.Rank.R2>(tf.cast(tf.greater(tensor, 0), 'float32'), [batch, count]);
  const filled = tf.pad2d(bits, [
    [0, 0],
    [0, -count & 7],
  ]);
  const groups = tf.reshape(filled, [batch, filled.shape[1] / 8, 8]);
  return tf.sum(tf.mul(groups, places), 2);
}

/** Packed signs as `[N, ...shape]` of ones (above 0) and zeros. */
export function unpackSigns(packed: tf.Tensor2D, shape: Shape): tf.Tensor {
  const [batch, numbers] = packed.shape;
  const count = shape.reduce((product, size) => product * size, 1);
  const shifted = tf.floor(tf.div(tf.reshape(packed, [batch, numbers, 1]), places));
  const bits = tf.reshape(tf.mod(shifted, 2), [batch, numbers * 8]);
  return tf.reshape(tf.slice(bits, [0, 0], [batch, count]), [batch, ...shape]);
}
