import { nativeBackend } from '../backends/native-backend.js';
import { tf } from '../tf.js';
import { defineNative } from './native-operation.js';
import { floatType } from './raw-attributes.js';

/**
 * `max(x, 0)` with the gradient in one pass. It remembers its output, which the next layer remembers anyway, and not
 * its input; the gradient at 0 is 0.
 */
export function relu<T extends tf.Tensor>(x: T): T {
  if (nativeBackend() === undefined || x.dtype !== 'float32') return tf.relu(x);
  const [y] = nativeRelu({ x }, {});
  return y as T;
}

const nativeRelu = defineNative({
  name: 'LyceumRelu',
  inputs: ['x'],
  run: (backend, { x }) => [backend.executeSingleOutput('Relu', [floatType(backend)], [x])],
  gradient: {
    savedInputs: [],
    savedOutputs: [true],
    gradients: ([dy], [y]) => ({ x: () => nativeReluGradient({ dy, y }, {})[0] }),
  },
});

const nativeReluGradient = defineNative({
  name: 'LyceumReluGradient',
  inputs: ['dy', 'y'],
  run: (backend, { dy, y }) => [backend.executeSingleOutput('ReluGrad', [floatType(backend)], [dy, y])],
});
