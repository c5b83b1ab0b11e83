import { tf } from '@lyceum/engine';
import { LyceumError, unknownName } from '@lyceum/errors';
import { asSlotTensors } from './keys.js';
import type { AnyLoss, KeySet, LossSetting, OwnedTensor, ShapeMap, TensorMap } from './loss.js';
import type { LossStep } from './session.js';

/** Shapes of each source's key without the batch dimension. */
export type KeyShapes = ReadonlyMap<string, ShapeMap>;

interface CheckedStep {
  readonly keys: readonly KeySet[];
  readonly labels?: tf.Tensor1D;
  readonly indices?: tf.Tensor1D;
}

/** Compares one step's inputs with what the session was opened for; errors name the tensor. */
export function checkStep(
  module: AnyLoss,
  setting: LossSetting,
  adapters: readonly OwnedTensor[],
  keyShapes: KeyShapes,
  step: LossStep,
): CheckedStep {
  const batch = checkStudent(setting, step.student);
  const given = asKeySets(setting, step.keys ?? []);
  checkKeys(module, keyShapes, given, batch);
  const keys = module.key === undefined ? given.map((set) => shapedTaps(module, set)) : given;
  checkExtra(module, setting, batch, step.extra ?? {});
  for (const { name, shape } of adapters) checkShape(`weights.${name}`, step.weights?.[name], shape);
  const needed = module.needsLabels?.(setting.params) === true;
  const labels = positions('labels', step.labels, batch, setting.classCount, needed);
  const indices = positions(
    'indices',
    step.indices,
    batch,
    setting.sampleCount,
    module.needsIndices === true,
  );
  return { keys, ...(labels === undefined ? {} : { labels }), ...(indices === undefined ? {} : { indices }) };
}

function checkStudent(setting: LossSetting, student: TensorMap): number {
  const [first] = Object.values(student);
  const batch = first?.shape[0] ?? 0;
  for (const [name, shape] of Object.entries(setting.studentShapes)) {
    const tensor = student[name];
    const pooledAsMap = tensor?.rank === 2 && shape.length === 3 && shape[0] === 1 && shape[1] === 1;
    checkShape(`student.${name}`, tensor, [batch, ...(pooledAsMap ? shape.slice(2) : shape)]);
  }
  for (const name of Object.keys(student)) {
    if (setting.studentShapes[name] === undefined)
      throw wrong(`student.${name}`, 'the loss was opened without this tap');
  }
  return batch;
}

/** Images and constants that are given; one that is missing is told by the loss, which alone knows whether it reads it. */
function checkExtra({ extra = [] }: AnyLoss, setting: LossSetting, batch: number, given: TensorMap): void {
  for (const { name, from, half, shape, when } of extra) {
    const tensor = given[name];
    if (half === 'key' || from === 'random' || tensor === undefined || shape === undefined) continue;
    if (when?.(setting.params) === false) continue;
    checkShape(`extra.${name}`, tensor, [...(from === 'images' ? [batch] : []), ...shape(setting)]);
  }
}

function asKeySets(setting: LossSetting, keys: readonly KeySet[] | TensorMap): readonly KeySet[] {
  if (isKeySets(keys)) return keys;
  return [{ source: setting.sources[0]?.source ?? 'teacher', tensors: keys }];
}

function shapedTaps(module: AnyLoss, { source, tensors }: KeySet): KeySet {
  return { source, tensors: asSlotTensors(module.teacher, tensors, source) };
}

function isKeySets(keys: readonly KeySet[] | TensorMap): keys is readonly KeySet[] {
  return Array.isArray(keys);
}

function checkKeys(module: AnyLoss, expected: KeyShapes, keys: readonly KeySet[], batch: number): void {
  if (expected.size === 0) return;
  if (keys.length !== expected.size) {
    const names = [...expected.keys()].join(', ');
    throw wrong('keys', `one set from each of ${names}, found ${keys.length}`);
  }
  for (const { source, tensors } of keys) {
    const [only] = expected.values();
    const shapes = expected.get(source) ?? (expected.size === 1 ? only : undefined);
    if (shapes === undefined) throw unknownName('source', source, expected.keys(), `keys.${source}`);
    for (const [name, shape] of Object.entries(shapes)) {
      const field = `${source}.${name}`;
      if (module.key === undefined) checkKeyOfTap(field, tensors[name], [batch, ...shape]);
      else if (module.keyIsPerBatch !== true) checkShape(field, tensors[name], [batch, ...shape]);
      else if (tensors[name] === undefined) throw wrong(field, 'is missing');
    }
  }
}

function checkKeyOfTap(field: string, tensor: tf.Tensor | undefined, shape: readonly number[]): void {
  const pooledAsMap = tensor?.rank === 2 && shape.length === 4 && shape[1] === 1 && shape[2] === 1;
  checkShape(field, tensor, pooledAsMap ? [shape[0], shape[3]] : shape);
}

function checkShape(field: string, tensor: tf.Tensor | undefined, shape: readonly number[]): void {
  if (tensor === undefined) throw wrong(field, `is missing; its shape is [${shape.join(', ')}]`);
  if (tensor.shape.join() === shape.join()) return;
  throw wrong(field, `must have shape [${shape.join(', ')}], found [${tensor.shape.join(', ')}]`);
}

function positions(
  field: string,
  given: Int32Array | tf.Tensor1D | undefined,
  batch: number,
  end: number,
  needed: boolean,
): tf.Tensor1D | undefined {
  if (given === undefined) {
    if (needed) throw wrong(field, `the loss needs them: int32 [${batch}]`);
    return undefined;
  }
  const values = given instanceof Int32Array ? given : given.dataSync();
  if (values.length !== batch) throw wrong(field, `must have shape [${batch}], found [${values.length}]`);
  const bad = values.findIndex((value) => value < 0 || (end > 0 && value >= end));
  if (bad >= 0) throw outOfRange(`${field}[${bad}]`, values[bad], end);
  return given instanceof Int32Array ? tf.tensor1d(given, 'int32') : given;
}

function outOfRange(field: string, value: number, end: number): LyceumError {
  const description = `must be from 0 to ${end - 1}, found ${value}`;
  return new LyceumError('INDEX_OUT_OF_RANGE', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}

function wrong(field: string, description: string): LyceumError {
  return new LyceumError('SHAPE_MISMATCH', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}
