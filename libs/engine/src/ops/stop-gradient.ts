import { tf } from '../tf.js';

/** The same values as a constant: no gradient flows back through it. */
export function stopGradient<T extends tf.Tensor>(tensor: T): T {
  const constant = tf.customGrad((x) => {
    const { shape } = x as tf.Tensor;
    return { value: tf.clone(x as tf.Tensor), gradFunc: () => tf.zeros(shape) };
  });
  return constant(tensor) as T;
}
