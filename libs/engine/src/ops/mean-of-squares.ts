import { nativeBackend } from '../backends/native-backend.js';
import { tf } from '../tf.js';
import { defineNative } from './native-operation.js';
import { flag, floatType, indexType } from './raw-attributes.js';

/**
 * Mean of the squares over the last dimension, `[..., C]` to `[...]`. On native TensorFlow that is one pass over `x`,
 * and the gradient `2 x dy / C` is another, where square and mean after one another take two and four.
 */
export function meanOfSquares(x: tf.Tensor): tf.Tensor {
  const native = nativeBackend() !== undefined && x.dtype === 'float32';
  const reduce = tf.customGrad((input, save) => {
    const values = input as tf.Tensor;
    (save as tf.GradSaveFunc)([values]);
    return {
      value: native ? fromLengths(values) : tf.mean(tf.square(values), -1),
      gradFunc: (dy, [saved]) =>
        tf.mul(saved, tf.expandDims(tf.mul(dy, 2 / saved.shape[saved.rank - 1]), -1)),
    };
  });
  return reduce(x);
}

function fromLengths(values: tf.Tensor): tf.Tensor {
  const [lengths] = nativeLengths({ x: values, axis: tf.tensor1d([values.rank - 1], 'int32') }, {});
  return tf.mul(tf.square(lengths), 1 / values.shape[values.rank - 1]);
}

const nativeLengths = defineNative({
  name: 'LyceumLengths',
  inputs: ['x', 'axis'],
  run: (backend, { x, axis }) => [
    backend.executeSingleOutput(
      'EuclideanNorm',
      [floatType(backend), indexType(backend, 'Tidx'), flag(backend, 'keep_dims', false)],
      [x, axis],
    ),
  ],
});
