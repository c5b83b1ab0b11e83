import { tf } from '../tf.js';

/** Square root that takes numbers below 0 (left over from rounding) as 0, with gradient 0 there instead of infinity. */
export function safeSqrt<T extends tf.Tensor>(x: T): T {
  const root = tf.customGrad((input, save) => {
    const y = tf.sqrt(tf.relu(input as tf.Tensor));
    (save as tf.GradSaveFunc)([y]);
    return {
      value: y,
      gradFunc: (dy, [root]) => {
        const isPositive = tf.greater(root, 0);
        const divisor = tf.where(isPositive, root, tf.onesLike(root));
        return tf.where(isPositive, tf.div(tf.mul(dy, 0.5), divisor), tf.zerosLike(dy));
      },
    };
  });
  return root(x) as T;
}
