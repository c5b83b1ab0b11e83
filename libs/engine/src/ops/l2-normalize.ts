import { tf } from '../tf.js';

/**
 * `x / max(|x|, eps)` along one dimension, the Euclidean length. Where the length is not above `eps` the gradient is 0;
 * PyTorch's `normalize` gives `dy / eps` there, which is finite and useless.
 */
export function l2Normalize<T extends tf.Tensor>(x: T, axis = -1, eps = 1e-12): T {
  const normalize = tf.customGrad((input, save) => {
    const length = tf.sqrt(tf.sum(tf.square(input as tf.Tensor), axis, true));
    const inverse = tf.div(1, tf.maximum(length, eps));
    const y = tf.mul(input as tf.Tensor, inverse);
    const slope = tf.where(tf.greater(length, eps), inverse, tf.zerosLike(inverse));
    (save as tf.GradSaveFunc)([y, slope]);
    return {
      value: y,
      gradFunc: (dy, [direction, factor]) =>
        tf.mul(factor, tf.sub(dy, tf.mul(direction, tf.sum(tf.mul(dy, direction), axis, true)))),
    };
  });
  return normalize(x) as T;
}
