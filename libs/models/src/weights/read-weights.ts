import { LyceumError, nearestNames, type Violation } from '@lyceum/errors';
import { decodeSafetensors, requireFinite, type HostTensor, type SafetensorsContent } from '@lyceum/tensor';
import { describeModel, type ModelDescription } from '../describe-model.js';
import type { ModelConfig, Parameter } from '../model.js';
import { configFrom, layoutFrom } from './model-metadata.js';
import { fromPytorch, pytorchShape } from './pytorch-layout.js';
import type { WeightLayout } from './encode-weights.js';

export interface LoadOptions {
  /** What the file is called in errors. */
  readonly label?: string;
  /** Default: what the file says, and `pytorch` where it says nothing. */
  readonly layout?: WeightLayout;
}

/** Only what loading needs to know of a parameter. */
export type Slot = Pick<Parameter, 'name' | 'kind'> & { readonly shape: readonly number[] };

/** One parameter or moving statistic off the engine, in the engine's layout. */
export interface WeightValues extends Slot {
  readonly data: Float32Array;
}

/** A file of weights, and the model that it is for. */
export interface Weights {
  readonly description: ModelDescription;
  /** In the model's order. */
  readonly values: readonly WeightValues[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a file of weights without an engine.
 *
 * @param options.config for files that do not say which model they are for; for those that do it is the one wanted.
 * @throws LyceumError as `loadWeights` and `describeModel`.
 */
export function readWeights(
  bytes: Uint8Array,
  options: LoadOptions & { config?: ModelConfig } = {},
): Weights {
  const label = options.label ?? 'weights';
  const content = decodeSafetensors(bytes, label);
  const description = describeModel(options.config ?? configFrom(content.metadata, label));
  const found = valuesByName(description.parameters, content, { ...options, label }, description.config);
  const values = description.parameters.map(({ name, kind, shape }) => {
    return { name, kind, shape, data: valueOf(found, name) };
  });
  return { description, values, metadata: content.metadata };
}

/** The values of a file by name, in the engine's layout: those of every slot, or an error that names all problems. */
export function valuesByName(
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

/** The values of a name that is there. */
export function valueOf(values: ReadonlyMap<string, Float32Array>, name: string): Float32Array {
  const data = values.get(name);
  if (data === undefined) throw new LyceumError('INTERNAL', `weights: there are no values of "${name}"`);
  return data;
}
