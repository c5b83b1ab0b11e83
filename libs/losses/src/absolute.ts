import { tf } from '@lyceum/engine';

/** |x| with gradient 0 at 0, as in PyTorch; the engine's own has -1 there. */
export function absolute<T extends tf.Tensor>(x: T): T {
  // The sign passes no gradient back, so this is d|x| = sign(x) dx.
  return tf.mul(x, tf.sign(x));
}
