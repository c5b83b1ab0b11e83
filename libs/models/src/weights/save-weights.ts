import { encodeSafetensors, hostTensor } from '@lyceum/tensor';
import type { Model } from '../model.js';
import { metadataOf } from './model-metadata.js';
import { toPytorch } from './pytorch-layout.js';

/** `engine`: kernels HWIO, dense `[in, out]`. `pytorch`: kernels OIHW, dense `[out, in]`. */
export type WeightLayout = 'engine' | 'pytorch';

export interface SaveOptions {
  /** Default `engine`. PyTorch loads the other by `load_state_dict`; the parameter names are its own in both. */
  readonly layout?: WeightLayout;
  /** Default F32; half precision rounds to nearest even. */
  readonly floats?: 'F32' | 'F16' | 'BF16';
}

/**
 * All parameters and moving statistics as a safetensors file. The same weights give the same bytes.
 *
 * @param metadata kept in the file beside architecture, class count, input shape and layout, which are added.
 */
export function saveWeights(
  model: Model,
  metadata: Readonly<Record<string, string>> = {},
  { layout = 'engine', floats = 'F32' }: SaveOptions = {},
): Uint8Array {
  const tensors = model.parameters.map(({ name, kind, variable }) => {
    const values = { shape: variable.shape, data: variable.dataSync<'float32'>() };
    const { shape, data } = layout === 'pytorch' ? toPytorch(kind, values) : values;
    return hostTensor(name, data, shape);
  });
  return encodeSafetensors(tensors, { ...metadata, ...metadataOf(model.config, layout) }, floats);
}
