import { createRandom, type Random } from '@lyceum/random';
import { LyceumError } from '@lyceum/errors';
import { sourceCountOf } from '../describe.js';
import type { AnyLoss, Shape, ShapeMap, Slot } from '../loss.js';
import { parseParams } from '../params.js';
import { settingOf, type SettingOptions } from '../setting.js';
import { activeSlots } from '../slots.js';

/** A small valid input of a loss, off the engine: what the suites over the registry feed it. */
export interface ExampleStep {
  /** Options for `openLoss` and `settingOf`. */
  readonly options: SettingOptions & { readonly studentShapes: ShapeMap; readonly teacherShapes: ShapeMap };
  readonly batch: number;
  /** Row-major values by slot, `[batch, ...shape]`. */
  readonly student: Readonly<Record<string, Float32Array>>;
  /** Values of the raw taps, as `<source>/<slot>`. */
  readonly teacher: Readonly<Record<string, Float32Array>>;
  /** Values of images and frozen inputs by name, with their shapes. */
  readonly extra: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
  >;
  readonly labels: Int32Array;
  readonly indices: Int32Array;
}

export interface ExampleOptions {
  readonly seed?: number;
  readonly batch?: number;
  readonly params?: Readonly<Record<string, unknown>>;
  /** How many sources give keys; default: the fewest allowed, one at least where the loss compares with a teacher. */
  readonly sources?: number;
  /** Standard deviation of the taps. */
  readonly scale?: number;
}

const classCount = 5;
const sampleCount = 12;

/** Builds an example from the declaration alone: two taps in repeated slots, unlike shapes where the loss takes them. */
export function exampleStep(module: AnyLoss, options: ExampleOptions = {}): ExampleStep {
  const { seed = 1, batch = 4, scale = 1 } = options;
  const random = createRandom(seed, 'example', module.id);
  const given = { ...module.example, ...options.params };
  const unlike = exampleOptions(module, given, options.sources, 1);
  const chosen = accepts(module, unlike) ? unlike : exampleOptions(module, given, options.sources, 0);
  const setting = settingOf(module, chosen);
  const fill = (shapes: ShapeMap): Record<string, Float32Array> =>
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, normals(random, batch * sizeOf(shape), scale)]),
    );
  const extra = (module.extra ?? []).flatMap((input) => {
    if (input.from === 'random' || input.shape === undefined) return [];
    const shape = [...(input.from === 'images' ? [batch] : []), ...input.shape(setting)];
    return [[input.name, { shape, data: normals(random, sizeOf(shape), 0.5) }] as const];
  });
  return {
    options: chosen,
    batch,
    student: fill(chosen.studentShapes),
    teacher: fill(chosen.teacherShapes),
    extra: Object.fromEntries(extra),
    labels: Int32Array.from({ length: batch }, () => random.integer(classCount)),
    indices: random.permutation(sampleCount).slice(0, batch),
  };
}

function exampleOptions(
  module: AnyLoss,
  given: Readonly<Record<string, unknown>>,
  sources: number | undefined,
  wider: number,
): ExampleStep['options'] {
  const params = parseParams(module.params, given);
  const teacherSlots = activeSlots(module.teacher, params);
  const fewest = Math.max(sourceCountOf(module).min, teacherSlots.length > 0 ? 1 : 0);
  const names = sourceNames(module, sources ?? fewest);
  const teacher = exampleShapes(teacherSlots, wider);
  const teacherShapes = names.flatMap((source) =>
    Object.entries(teacher).map(([slot, shape]) => [`${source}/${slot}`, shape]),
  );
  return {
    params: given,
    studentShapes: exampleShapes(activeSlots(module.student, params), 0),
    teacherShapes: Object.fromEntries(teacherShapes) as ShapeMap,
    sampleCount,
    classCount,
    trainLabels: Int32Array.from({ length: sampleCount }, (_, index) => index % classCount),
  };
}

function sourceNames(module: AnyLoss, count: number): readonly string[] {
  if (module.sourceNames !== undefined) return module.sourceNames;
  const kind = module.keySources[0] ?? 'teacher';
  if (count === 1 && kind === 'teacher') return ['teacher'];
  return Array.from({ length: count }, (_, index) => `${kind}${index + 1}`);
}

function exampleShapes(slots: readonly Slot[], wider: number): ShapeMap {
  const shapes: Record<string, Shape> = {};
  let maps = 0;
  for (const slot of slots) {
    const names = slot.repeated === true ? [`${slot.name}1`, `${slot.name}2`] : [slot.name];
    for (const name of names) {
      if (slot.kind === 'logits') shapes[name] = [classCount];
      else if (slot.kind === 'embedding') shapes[name] = [6 + wider];
      else {
        shapes[name] = maps % 2 === 0 ? [4, 4, 3 + wider] : [2, 2, 4 + wider];
        maps += 1;
      }
    }
  }
  return shapes;
}

function accepts(module: AnyLoss, options: SettingOptions): boolean {
  try {
    settingOf(module, options);
    return true;
  } catch (error) {
    if (error instanceof LyceumError && error.reason === 'TAPS_DO_NOT_MATCH') return false;
    throw error;
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function normals(random: Random, count: number, scale: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal() * scale);
}
