import { tf } from '../tf.js';

/**
 * A function of a tensor that gradients take for a constant. Its operations leave no trace, so that they may be ones
 * without a gradient of their own, such as comparisons and choices.
 */
export function constantOf<T extends tf.Tensor>(x: tf.Tensor, compute: (x: tf.Tensor) => T): T {
  const constant = tf.customGrad((input) => {
    const { shape } = input as tf.Tensor;
    return { value: compute(input as tf.Tensor), gradFunc: () => tf.zeros(shape) };
  });
  return constant(x);
}
