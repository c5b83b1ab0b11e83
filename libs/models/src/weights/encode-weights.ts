import { encodeSafetensors, hostTensor } from '@lyceum/tensor';
import type { ModelConfig } from '../model.js';
import { metadataOf } from './model-metadata.js';
import { toPytorch } from './pytorch-layout.js';
import type { WeightValues } from './read-weights.js';

/** `engine`: kernels HWIO, dense `[in, out]`. `pytorch`: kernels OIHW, dense `[out, in]`. */
export type WeightLayout = 'engine' | 'pytorch';

export interface SaveOptions {
  /** Default `engine`. PyTorch loads the other by `load_state_dict`; the parameter names are its own in both. */
  readonly layout?: WeightLayout;
  /** Default F32; half precision rounds to nearest even. */
  readonly floats?: 'F32' | 'F16' | 'BF16';
}

/**
 * Weights off the engine as a safetensors file. The same weights give the same bytes.
 *
 * @param metadata kept in the file beside architecture, class count, input shape and layout, which are added.
 */
export function encodeWeights(
  config: ModelConfig,
  values: readonly WeightValues[],
  metadata: Readonly<Record<string, string>> = {},
  { layout = 'engine', floats = 'F32' }: SaveOptions = {},
): Uint8Array {
  const tensors = values.map((value) => {
    const { shape, data } = layout === 'pytorch' ? toPytorch(value.kind, value) : value;
    return hostTensor(value.name, data, shape);
  });
  return encodeSafetensors(tensors, { ...metadata, ...metadataOf(config, layout) }, floats);
}
