import { tf } from '@lyceum/engine';
import { decodeSafetensors } from '@lyceum/tensor';
import type { Model, ModelConfig } from '../model.js';
import { NetworkModel } from '../network-model.js';
import { readWeights, valueOf, valuesByName, type LoadOptions } from './read-weights.js';

/**
 * Fills a model from a safetensors file: every parameter and moving statistic, or nothing at all. PyTorch's
 * `num_batches_tracked` are passed over.
 *
 * @returns the file's metadata.
 * @throws LyceumError CORRUPT_FILE when it is not a safetensors file; SHAPE_MISMATCH listing every tensor that is
 * missing, not known to the model or of another shape; NON_FINITE naming the first tensor with NaN or infinity.
 */
export function loadWeights(
  model: Model,
  bytes: Uint8Array,
  options: LoadOptions = {},
): Readonly<Record<string, string>> {
  const label = options.label ?? 'weights';
  const content = decodeSafetensors(bytes, label);
  const slots = model.parameters.map(({ name, kind, variable }) => ({ name, kind, shape: variable.shape }));
  const values = valuesByName(slots, content, { ...options, label }, model.config);
  for (const { name, variable } of model.parameters) {
    tf.tidy(() => variable.assign(tf.tensor(valueOf(values, name), variable.shape)));
  }
  return content.metadata;
}

/**
 * Builds the model that a file of weights is for, without drawing weights first.
 *
 * @param options.config for files that do not say it; for those that do it is the model that is wanted.
 * @throws LyceumError as `loadWeights` and `describeModel`.
 */
export function restoreModel(bytes: Uint8Array, options: LoadOptions & { config?: ModelConfig } = {}): Model {
  const { description, values } = readWeights(bytes, options);
  const byName = new Map(values.map(({ name, data }) => [name, data]));
  return new NetworkModel(description, ({ name }) => valueOf(byName, name));
}
