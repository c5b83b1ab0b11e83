import { nativeBackend, type NativeBackend, type RawAttribute } from '../backends/native-backend.js';
import { tf } from '../tf.js';
import { defineNative } from './native-operation.js';
import { flag, floatType, real, text } from './raw-attributes.js';

/** Moving statistics before a step, `[C]` each. */
export interface MovingStatistics {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/**
 * Batch normalisation in training: `y = (x - mean) / sqrt(variance + eps) * scale + offset`, with the mean and the
 * biased variance of this batch over all but the last dimension (Ioffe and Szegedy 2015, algorithm 1).
 *
 * @param x `[N, H, W, C]` or `[N, C]`.
 * @param scale `[C]`, gamma.
 * @param offset `[C]`, beta.
 * @returns `batchMean` and `batchVariance`, `[C]`, are constants for gradients; the variance is the unbiased one
 * (divided by the count less one), which moving statistics are made of.
 */
export function fusedBatchNorm<T extends tf.Tensor2D | tf.Tensor4D>(
  x: T,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  eps = 1e-5,
): { y: T; batchMean: tf.Tensor1D; batchVariance: tf.Tensor1D } {
  const { y, mean, variance } = normalise(x, scale, offset, eps);
  return { y, batchMean: mean, batchVariance: variance };
}

/**
 * `fusedBatchNorm` together with the next moving statistics, `(1 - momentum) * moving + momentum * batch`, in the
 * same operation. Momentum is meant as PyTorch does: 0.1 keeps nine tenths of the old.
 */
export function trainingBatchNorm<T extends tf.Tensor2D | tf.Tensor4D>(
  x: T,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  moving: MovingStatistics,
  { momentum = 0.1, eps = 1e-5 }: { momentum?: number; eps?: number } = {},
): { y: T; moving: MovingStatistics } {
  const { y, mean, variance } = normalise(x, scale, offset, eps, { ...moving, momentum });
  return { y, moving: { mean, variance } };
}

interface Statistics extends MovingStatistics {
  readonly momentum: number;
}

// A type and not an interface: only then does `tidy` take it.
type Normalised<T extends tf.Tensor> = { y: T; mean: tf.Tensor1D; variance: tf.Tensor1D };

function normalise<T extends tf.Tensor2D | tf.Tensor4D>(
  x: T,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  eps: number,
  old?: Statistics,
): Normalised<T> {
  if (nativeBackend() === undefined) return tf.tidy(() => composed(x, scale, offset, eps, old));
  return tf.tidy(() => {
    const image = x.rank === 4 ? x : tf.reshape(x, [x.shape[0], 1, 1, x.shape[1]]);
    const { mean: oldMean, variance: oldVariance } = old ?? {
      mean: tf.tensor1d([]),
      variance: tf.tensor1d([]),
    };
    const [y, mean, variance] = nativeBatchNorm(
      { x: image, scale, offset, mean: oldMean, variance: oldVariance },
      { eps, momentum: old?.momentum ?? 1 },
    ) as [tf.Tensor, tf.Tensor1D, tf.Tensor1D];
    return { y: (x.rank === 4 ? y : tf.reshape(y, x.shape)) as T, mean, variance };
  });
}

function composed<T extends tf.Tensor2D | tf.Tensor4D>(
  x: T,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  eps: number,
  old?: Statistics,
): Normalised<T> {
  const axes = x.shape.map((_, axis) => axis).slice(0, -1);
  const { mean, variance } = tf.moments(x, axes);
  const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, eps)));
  const y = tf.add<T>(tf.mul(tf.sub(x, mean), factor), offset);
  const count = x.size / scale.size;
  const unbiased = tf.mul(variance, count / Math.max(count - 1, 1));
  const next = (moving: tf.Tensor, batch: tf.Tensor, momentum: number): tf.Tensor1D =>
    tf.add(tf.mul(moving, 1 - momentum), tf.mul(batch, momentum));
  return {
    y,
    mean: old === undefined ? (mean as tf.Tensor1D) : next(old.mean, mean, old.momentum),
    variance: old === undefined ? (unbiased as tf.Tensor1D) : next(old.variance, unbiased, old.momentum),
  };
}

const nativeBatchNorm = defineNative({
  name: 'LyceumBatchNorm',
  inputs: ['x', 'scale', 'offset', 'mean', 'variance'],
  // Outputs: y, mean and variance (of the batch, or moving), then three that the gradient wants back.
  run: (
    backend,
    { x, scale, offset, mean, variance },
    { eps, momentum }: { eps: number; momentum: number },
  ) =>
    backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      [...shared(backend, eps), real(backend, 'exponential_avg_factor', momentum)],
      [x, scale, offset, mean, variance],
      6,
    ),
  gradient: {
    savedInputs: ['x', 'scale'],
    savedOutputs: [false, false, false, true, true, true],
    gradients([dy], [x, scale, first, second, third], { eps }) {
      const [dx, dScale, dOffset] = nativeBatchNormGradient({ dy, x, scale, first, second, third }, { eps });
      const none = () => tf.zerosLike(scale);
      return { x: () => dx, scale: () => dScale, offset: () => dOffset, mean: none, variance: none };
    },
  },
});

const nativeBatchNormGradient = defineNative({
  name: 'LyceumBatchNormGradient',
  inputs: ['dy', 'x', 'scale', 'first', 'second', 'third'],
  run: (backend, { dy, x, scale, first, second, third }, { eps }: { eps: number }) =>
    backend
      .executeMultipleOutputs(
        'FusedBatchNormGradV3',
        shared(backend, eps),
        [dy, x, scale, first, second, third],
        5,
      )
      .slice(0, 3),
});

function shared(backend: NativeBackend, eps: number): RawAttribute[] {
  return [
    floatType(backend),
    floatType(backend, 'U'),
    real(backend, 'epsilon', eps),
    text(backend, 'data_format', 'NHWC'),
    flag(backend, 'is_training', true),
  ];
}
