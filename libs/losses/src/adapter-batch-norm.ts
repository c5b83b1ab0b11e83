import { tf } from '@lyceum/engine';
import type { OwnedTensor, TensorMap } from './loss.js';

/** Trained weights of an adapter's batch norm: `<name>.gamma` ones, `<name>.beta` zeros. */
export function batchNormWeights(name: string, channels: number): readonly OwnedTensor[] {
  return [
    { name: `${name}.gamma`, shape: [channels], initializer: { kind: 'constant', value: 1 } },
    { name: `${name}.beta`, shape: [channels], initializer: { kind: 'constant', value: 0 } },
  ];
}

/** Its moving statistics, state of the loss: `<name>.movingMean` zeros, `<name>.movingVar` ones. */
export function batchNormState(name: string, channels: number): readonly OwnedTensor[] {
  return [
    { name: `${name}.movingMean`, shape: [channels], initializer: { kind: 'constant', value: 0 } },
    { name: `${name}.movingVar`, shape: [channels], initializer: { kind: 'constant', value: 1 } },
  ];
}

/**
 * Batch norm in training mode over all dimensions but the last: normalises by the biased batch variance, and moves
 * the statistics by `momentum` towards the batch's mean and unbiased variance, as PyTorch does.
 */
export function batchNormAdapter(
  x: tf.Tensor,
  name: string,
  weights: TensorMap,
  state: TensorMap,
  { eps = 1e-5, momentum = 0.1 }: { readonly eps?: number; readonly momentum?: number } = {},
): { readonly output: tf.Tensor; readonly state: TensorMap } {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const { mean, variance } = tf.moments(x, axes);
  const scale = tf.mul(tf.rsqrt(tf.add(variance, eps)), weights[`${name}.gamma`]);
  const output = tf.add(tf.mul(tf.sub(x, mean), scale), weights[`${name}.beta`]);
  const count = x.size / (x.shape[x.rank - 1] ?? 1);
  const unbiased = tf.mul(variance, count / Math.max(count - 1, 1));
  const moved = (key: string, batch: tf.Tensor): tf.Tensor =>
    tf.add(tf.mul(state[key], 1 - momentum), tf.mul(batch, momentum));
  return {
    output,
    state: {
      [`${name}.movingMean`]: moved(`${name}.movingMean`, mean),
      [`${name}.movingVar`]: moved(`${name}.movingVar`, unbiased),
    },
  };
}
