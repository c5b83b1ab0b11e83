import { nativeBackend } from '../backends/native-backend.js';
import { tf } from '../tf.js';
import { defineNative } from './native-operation.js';
import { flag, floatType, real, text } from './raw-attributes.js';

/**
 * Batch normalisation by fixed statistics: `y = (x - mean) / sqrt(variance + eps) * scale + offset`, with gradients to
 * `x`, `scale` and `offset`; the statistics are constants.
 *
 * @param x `[N, H, W, C]` or `[N, C]`; the rest `[C]`.
 */
export function inferenceBatchNorm<T extends tf.Tensor2D | tf.Tensor4D>(
  x: T,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  eps = 1e-5,
): T {
  if (x.rank === 4 && nativeBackend() !== undefined) {
    return nativeInference({ x, scale, offset, mean, variance }, { eps })[0] as T;
  }
  return tf.tidy(() => {
    const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, eps)));
    const term = tf.sub(offset, tf.mul(mean, factor));
    return tf.add<T>(tf.mul(x, factor), term);
  });
}

const nativeInference = defineNative({
  name: 'LyceumInferenceBatchNorm',
  inputs: ['x', 'scale', 'offset', 'mean', 'variance'],
  run(backend, { x, scale, offset, mean, variance }, { eps }: { eps: number }) {
    const attributes = [
      floatType(backend),
      floatType(backend, 'U'),
      real(backend, 'epsilon', eps),
      text(backend, 'data_format', 'NHWC'),
      flag(backend, 'is_training', false),
    ];
    const inputs = [x, scale, offset, mean, variance];
    const [y, ...rest] = backend.executeMultipleOutputs('FusedBatchNormV3', attributes, inputs, 6);
    tf.dispose(rest);
    return [y];
  },
  gradient: {
    savedInputs: ['x', 'scale', 'mean', 'variance'],
    gradients([dy], [x, scale, mean, variance], { eps }) {
      const inverse = () => tf.rsqrt(tf.add(variance, eps));
      const places = [0, 1, 2];
      return {
        x: () => tf.mul(dy, tf.mul(scale, inverse())),
        scale: () => tf.mul(tf.sum(tf.mul(dy, tf.sub(x, mean)), places), inverse()),
        offset: () => tf.sum(dy, places),
        mean: () => tf.zerosLike(mean),
        variance: () => tf.zerosLike(variance),
      };
    },
  },
});
