import { tf } from '@lyceum/engine';
import { absolute } from './absolute.js';

/** Smooth L1 of each number with threshold 1: x^2/2 where |x| < 1, else |x| - 1/2. */
export function huber<T extends tf.Tensor>(x: T): T {
  const size = absolute(x);
  const inner = tf.minimum<T>(size, 1);
  return tf.mul<T>(inner, tf.sub(size, tf.mul(inner, 0.5)));
}
