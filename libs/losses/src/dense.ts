import type { OwnedTensor } from './loss.js';

/** Weights `<name>.kernel` [in, out] and `<name>.bias` [out] of a dense layer, initialised as PyTorch's Linear is. */
export function denseWeights(
  name: string,
  inputs: number,
  outputs: number,
  bias = true,
): readonly OwnedTensor[] {
  const initializer = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } as const;
  const kernel = { name: `${name}.kernel`, shape: [inputs, outputs], initializer };
  return bias ? [kernel, { name: `${name}.bias`, shape: [outputs], initializer }] : [kernel];
}
