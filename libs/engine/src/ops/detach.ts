import { tf } from '../tf.js';

/**
 * The same values with no past: what they were computed from gets no gradient, and an optimizer leaves it alone. Where
 * `stopGradient` gives gradients of zero, on which an optimizer's momentum and weight decay still act.
 */
export function detach<T extends tf.Tensor>(tensor: T): T {
  // The same memory under another name, of which the tape knows nothing.
  tf.backend().incRef(tensor.dataId);
  return tf.engine().makeTensorFromTensorInfo(tensor) as T;
}
