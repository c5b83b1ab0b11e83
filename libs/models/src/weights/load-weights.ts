import { tf } from '@lyceum/engine';
import { LyceumError, nearestNames, type Violation } from '@lyceum/errors';
import { decodeSafetensors, requireFinite, type HostTensor, type SafetensorsContent } from '@lyceum/tensor';
import { describeModel } from '../describe-model.js';
import type { Model, ModelConfig, Parameter } from '../model.js';
import { NetworkModel } from '../network-model.js';
import { configFrom, layoutFrom } from './model-metadata.js';
import { fromPytorch, pytorchShape } from './pytorch-layout.js';
import type { WeightLayout } from './save-weights.js';

export interface LoadOptions {
  /** What the file is called in errors. */
  readonly label?: string;
  /** Default: what the file says, and `pytorch` where it says nothing. */
  readonly layout?: WeightLayout;
}

/** Only what loading needs to know of a parameter. */
type Slot = Pick<Parameter, 'name' | 'kind'> & { readonly shape: readonly number[] };

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
  const label = options.label ?? 'weights';
  const content = decodeSafetensors(bytes, label);
  const description = describeModel(options.config ?? configFrom(content.metadata, label));
  const values = valuesByName(description.parameters, content, { ...options, label }, description.config);
  return new NetworkModel(description, ({ name }) => valueOf(values, name));
}

function valuesByName(
  slots: readonly Slot[],
  { tensors, metadata }: SafetensorsContent,
  { label, layout = layoutFrom(metadata) }: LoadOptions & { label: string },
  config: ModelConfig,
): ReadonlyMap<string, Float32Array> {
  const found = tensors.filter(({ name }) => !name.endsWith('.num_batches_tracked'));
  const problems = problemsOf(slots, found, layout);
  if (problems.length > 0) throw doesNotFit(label, config, problems);
  for (const tensor of found) requireFinite(tensor, `${label}: ${tensor.name}`);
  const byName = new Map(found.map(({ name, data }) => [name, data as Float32Array]));
  return new Map(
    slots.map(({ name, kind, shape }) => {
      const data = valueOf(byName, name);
      return [name, layout === 'pytorch' ? fromPytorch(kind, shape, data) : data];
    }),
  );
}

function problemsOf(
  slots: readonly Slot[],
  tensors: readonly HostTensor[],
  layout: WeightLayout,
): Violation[] {
  const wanted = new Map(slots.map((slot) => [slot.name, slot]));
  const given = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const problems: Violation[] = [];
  for (const [field, { kind, shape }] of wanted) {
    const tensor = given.get(field);
    const needed = layout === 'pytorch' ? pytorchShape(kind, shape) : shape;
    if (tensor === undefined) {
      problems.push({ field, description: `is missing, must be [${needed.join(', ')}]` });
    } else if (tensor.shape.join() !== needed.join()) {
      problems.push({
        field,
        description: `must be [${needed.join(', ')}], found [${tensor.shape.join(', ')}]`,
      });
    } else if (tensor.dtype !== 'f32') {
      problems.push({ field, description: `must hold floating-point numbers, found ${tensor.dtype}` });
    }
  }
  for (const field of given.keys()) {
    if (wanted.has(field)) continue;
    const [near] = nearestNames(field, wanted.keys(), 1);
    const hint = near === undefined ? '' : `; the nearest is "${near}"`;
    problems.push({ field, description: `is not a parameter of the model${hint}` });
  }
  return problems;
}

function doesNotFit(label: string, config: ModelConfig, problems: readonly Violation[]): LyceumError {
  const shown = problems.slice(0, 5).map(({ field, description }) => `${field} ${description}`);
  const more = problems.length > shown.length ? `; and ${problems.length - shown.length} more` : '';
  const { architecture, classCount, inputShape } = config;
  const model = `${architecture} with ${classCount} classes and images of ${inputShape.join(' x ')}`;
  const message = `${label}: does not fit ${model}: ${shown.join('; ')}${more}`;
  return new LyceumError('SHAPE_MISMATCH', message, { violations: problems });
}

function valueOf(values: ReadonlyMap<string, Float32Array>, name: string): Float32Array {
  const data = values.get(name);
  if (data === undefined) throw new LyceumError('INTERNAL', `weights: there are no values of "${name}"`);
  return data;
}
