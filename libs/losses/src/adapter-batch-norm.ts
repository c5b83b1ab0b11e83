import { trainingBatchNorm, type tf } from '@lyceum/engine';
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
export function batchNormAdapter<T extends tf.Tensor2D | tf.Tensor4D>(
  x: T,
  name: string,
  weights: TensorMap,
  state: TensorMap,
  { eps = 1e-5, momentum = 0.1 }: { readonly eps?: number; readonly momentum?: number } = {},
): { readonly output: T; readonly state: TensorMap } {
  const channels = (tensors: TensorMap, part: string): tf.Tensor1D =>
    tensors[`${name}.${part}`] as tf.Tensor1D;
  const moving = { mean: channels(state, 'movingMean'), variance: channels(state, 'movingVar') };
  const scale = channels(weights, 'gamma');
  const normal = trainingBatchNorm(x, scale, channels(weights, 'beta'), moving, { momentum, eps });
  return {
    output: normal.y,
    state: { [`${name}.movingMean`]: normal.moving.mean, [`${name}.movingVar`]: normal.moving.variance },
  };
}
