import { nativeBackend } from '../backends/native-backend.js';
import { tf } from '../tf.js';
import { defineNative } from './native-operation.js';
import { floatType } from './raw-attributes.js';

/** `x - log(sum(exp(x)))` over the last dimension, finite for any finite input. */
export function logSoftmax<T extends tf.Tensor>(x: T): T {
  if (nativeBackend() === undefined || x.dtype !== 'float32') return tf.logSoftmax(x);
  return nativeLogSoftmax({ x }, {})[0] as T;
}

const nativeLogSoftmax = defineNative({
  name: 'LyceumLogSoftmax',
  inputs: ['x'],
  run: (backend, { x }) => [backend.executeSingleOutput('LogSoftmax', [floatType(backend)], [x])],
  gradient: {
    savedInputs: [],
    savedOutputs: [true],
    gradients: ([dy], [y]) => ({ x: () => tf.sub(dy, tf.mul(tf.exp(y), tf.sum(dy, -1, true))) }),
  },
});
