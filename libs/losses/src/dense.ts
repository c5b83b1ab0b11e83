import type { OwnedTensor, Shape } from './loss.js';

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

/**
 * Weights `<name>.kernel` [h, w, in, out] and `<name>.bias` [width] of a convolution, initialised as PyTorch's are: by
 * the third size of the kernel, which is `in`, of transposed ones `out`.
 */
export function convWeights(name: string, kernel: Shape, width = kernel[3]): readonly OwnedTensor[] {
  const bound = 1 / Math.sqrt(kernel[0] * kernel[1] * kernel[2]);
  const initializer = { kind: 'uniform', bound } as const;
  return [
    { name: `${name}.kernel`, shape: kernel, initializer },
    { name: `${name}.bias`, shape: [width], initializer },
  ];
}
