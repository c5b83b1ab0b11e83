import type { Model } from '../model.js';
import { encodeWeights, type SaveOptions } from './encode-weights.js';

/**
 * All parameters and moving statistics as a safetensors file. The same weights give the same bytes.
 *
 * @param metadata kept in the file beside architecture, class count, input shape and layout, which are added.
 */
export function saveWeights(
  model: Model,
  metadata: Readonly<Record<string, string>> = {},
  options: SaveOptions = {},
): Uint8Array {
  const values = model.parameters.map(({ name, kind, variable }) => {
    return { name, kind, shape: variable.shape, data: variable.dataSync<'float32'>() };
  });
  return encodeWeights(model.config, values, metadata, options);
}
