import { conv2dExplicit, convTranspose, relu, tf } from '@lyceum/engine';
import { batchNormAdapter, batchNormState, batchNormWeights } from './adapter-batch-norm.js';
import type { OwnedTensor, Shape, TensorMap } from './loss.js';
import { shapeMismatch } from './setting.js';

/** A convolution that brings a student's map to the teacher's grid and width. */
export interface Regressor {
  readonly type: 'conv' | 'convTranspose';
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
  readonly inputs: number;
  readonly outputs: number;
}

export interface RegressorOptions {
  readonly bias: boolean;
  readonly batchNorm: boolean;
  readonly relu: boolean;
  readonly eps?: number;
  readonly momentum?: number;
}

/**
 * RepDistiller's choice by height: s = 2t: 3x3 stride 2 pad 1; 2s = t: transposed 4x4 stride 2 pad 1;
 * s >= t: (1 + s - t) square without padding.
 * @throws LyceumError TAPS_DO_NOT_MATCH naming `field` for every other pair.
 */
export function regressorFor(student: Shape, teacher: Shape, field: string): Regressor {
  const [height, width, inputs] = student;
  const [targetHeight, targetWidth, outputs] = teacher;
  const channels = { inputs, outputs };
  if (height === 2 * targetHeight && width === 2 * targetWidth)
    return { type: 'conv', kernel: 3, stride: 2, pad: 1, ...channels };
  if (2 * height === targetHeight && 2 * width === targetWidth) {
    return { type: 'convTranspose', kernel: 4, stride: 2, pad: 1, ...channels };
  }
  const shrink = height - targetHeight;
  if (shrink >= 0 && width - targetWidth === shrink)
    return { type: 'conv', kernel: 1 + shrink, stride: 1, pad: 0, ...channels };
  throw shapeMismatch(
    field,
    `no regressor leads from a ${height}x${width} map to ${targetHeight}x${targetWidth}: ` +
      'the student must be as large, twice or half as large, or larger by the same amount both ways',
  );
}

/** Weights `conv.kernel`, `conv.bias`, `bn.gamma`, `bn.beta`, initialised as PyTorch's layers are. */
export function regressorWeights(
  regressor: Regressor,
  options: RegressorOptions,
  prefix = '',
): readonly OwnedTensor[] {
  const { type, kernel, inputs, outputs } = regressor;
  const shape = type === 'conv' ? [kernel, kernel, inputs, outputs] : [kernel, kernel, outputs, inputs];
  const fanIn = kernel * kernel * (type === 'conv' ? inputs : outputs);
  const initializer = { kind: 'uniform', bound: 1 / Math.sqrt(fanIn) } as const;
  return [
    { name: `${prefix}conv.kernel`, shape, initializer },
    ...(options.bias ? [{ name: `${prefix}conv.bias`, shape: [outputs], initializer }] : []),
    ...(options.batchNorm ? batchNormWeights(`${prefix}bn`, outputs) : []),
  ];
}

export function regressorState(
  regressor: Regressor,
  options: RegressorOptions,
  prefix = '',
): readonly OwnedTensor[] {
  return options.batchNorm ? batchNormState(`${prefix}bn`, regressor.outputs) : [];
}

/** Runs the regressor in training mode on `[N, H, W, inputs]`. */
export function applyRegressor(
  map: tf.Tensor4D,
  regressor: Regressor,
  options: RegressorOptions,
  weights: TensorMap,
  state: TensorMap,
  prefix = '',
): { readonly output: tf.Tensor4D; readonly state: TensorMap } {
  const convolved = convolve(map, regressor, weights[`${prefix}conv.kernel`] as tf.Tensor4D);
  const biased = options.bias ? tf.add<tf.Tensor4D>(convolved, weights[`${prefix}conv.bias`]) : convolved;
  const normal = options.batchNorm
    ? batchNormAdapter(biased, `${prefix}bn`, weights, state, options)
    : { output: biased, state: {} };
  return { output: options.relu ? relu(normal.output) : normal.output, state: normal.state };
}

function convolve(map: tf.Tensor4D, { type, stride, pad }: Regressor, kernel: tf.Tensor4D): tf.Tensor4D {
  return type === 'conv' ? conv2dExplicit(map, kernel, stride, pad) : convTranspose(map, kernel, stride, pad);
}
