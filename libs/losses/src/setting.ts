import { invalidField, LyceumError, unknownName } from '@lyceum/errors';
import { sourceCountOf } from './describe.js';
import type { AnyLoss, LossSetting, Shape, ShapeMap, Slot, SourceShapes } from './loss.js';
import { parseParams } from './params.js';
import { activeSlots, numberedNames, slotOf } from './slots.js';

/** What a loss is set up with. */
export interface SettingOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  /** Shapes of the student's taps by slot, such as `{layer1: [8, 8, 64]}`. */
  readonly studentShapes: ShapeMap;
  /** Shapes of the teacher's taps by slot; of several sources as `peer1/logits`. */
  readonly teacherShapes?: ShapeMap;
  /** Number of training samples; only losses with a memory bank read it. */
  readonly sampleCount?: number;
  /** Default: the student's number of logits. */
  readonly classCount?: number;
  /** `[sampleCount]`. */
  readonly trainLabels?: Int32Array;
  readonly bare?: boolean;
}

/**
 * Checks parameters and shapes of a loss against its declaration.
 * @throws LyceumError INVALID_FIELD (parameters), UNKNOWN_NAME (slots), TAPS_DO_NOT_MATCH (shapes), each naming
 * the field.
 */
export function settingOf(module: AnyLoss, options: SettingOptions): LossSetting {
  const params = parseParams(module.params, options.params);
  const sources = groupSources(options.teacherShapes ?? {}).map(({ source, shapes }) => ({
    source,
    shapes: checkSide(module.teacher, shapes, params, source),
  }));
  const studentShapes = checkSide(module.student, options.studentShapes, params, 'student');
  const sampleCount = options.sampleCount ?? options.trainLabels?.length ?? 0;
  const setting: LossSetting = {
    params,
    studentShapes,
    teacherShapes: sources[0]?.shapes ?? {},
    sources,
    sampleCount,
    classCount: options.classCount ?? studentShapes.logits?.[0] ?? 0,
    bare: options.bare ?? false,
    ...(options.trainLabels === undefined ? {} : { trainLabels: options.trainLabels }),
  };
  checkSources(module, setting);
  checkCounts(module, setting);
  module.check?.(setting);
  return setting;
}

/** The error of a loss that cannot compare the shapes it is given. */
export function shapeMismatch(field: string, description: string): LyceumError {
  return new LyceumError('TAPS_DO_NOT_MATCH', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}

function groupSources(shapes: ShapeMap): readonly SourceShapes[] {
  const bySource = new Map<string, Record<string, Shape>>();
  for (const [name, shape] of Object.entries(shapes)) {
    const cut = name.indexOf('/');
    const source = cut < 0 ? 'teacher' : name.slice(0, cut);
    const slots = bySource.get(source) ?? {};
    bySource.set(source, { ...slots, [name.slice(cut + 1)]: shape });
  }
  return [...bySource].map(([source, slots]) => ({ source, shapes: slots }));
}

function checkSide(
  slots: readonly Slot[],
  shapes: ShapeMap,
  params: Readonly<Record<string, unknown>>,
  side: string,
): ShapeMap {
  const checked = Object.entries(shapes).map(([name, shape]) => {
    const slot = slotOf(name, slots);
    if (slot === undefined)
      throw unknownName(
        'slot',
        name,
        slots.map((known) => known.name),
        `${side}.${name}`,
      );
    return [name, slotShape(slot, shape, `${side}.${name}`)] as const;
  });
  const filled = checked.map(([name]) => slotOf(name, slots));
  if (!filled.some((slot) => slot?.optional === true)) {
    for (const slot of activeSlots(slots, params)) {
      if (!filled.includes(slot))
        throw shapeMismatch(`${side}.${slot.name}`, 'the loss needs this tap, found none');
    }
  }
  return Object.fromEntries(checked);
}

/** A sample's shape as its slot wants it: a pooled feature is a map of one place. */
export function slotShape(slot: Slot, shape: Shape, field: string): Shape {
  if (!shape.every((size) => Number.isInteger(size) && size > 0)) {
    throw shapeMismatch(field, `sizes must be whole numbers above 0, found [${shape.join(', ')}]`);
  }
  if (slot.kind === 'map' && shape.length === 1) return [1, 1, ...shape];
  const rank = slot.kind === 'map' ? 3 : 1;
  if (shape.length === rank) return shape;
  throw shapeMismatch(field, `a ${slot.kind} has ${rank} dimensions a sample, found [${shape.join(', ')}]`);
}

function checkSources(module: AnyLoss, setting: LossSetting): void {
  const { min, max = Infinity } = sourceCountOf(module);
  const count = setting.sources.length;
  if (count >= min && count <= max) {
    for (const name of module.sourceNames ?? []) {
      if (setting.sources.some(({ source }) => source === name)) continue;
      throw invalidField('teacherShapes', `"${module.id}" needs a source named "${name}"`);
    }
    return;
  }
  const allowed = min === max ? `${min}` : `${min} to ${max === Infinity ? 'any number' : max}`;
  throw invalidField('teacherShapes', `"${module.id}" takes keys from ${allowed} source(s), found ${count}`);
}

function checkCounts(module: AnyLoss, setting: LossSetting): void {
  for (const { source, shapes } of setting.sources) {
    for (const slot of module.student) {
      const partner = module.teacher.find(({ name }) => name === slot.name);
      if (partner === undefined) continue;
      if (slot.kind === 'logits')
        checkClasses(slot.name, source, setting.studentShapes[slot.name], shapes[slot.name]);
      if (slot.repeated !== true || slot.unpaired === true) continue;
      const [left, right] = [setting.studentShapes, shapes].map(
        (side) => numberedNames(slot.name, Object.keys(side)).length,
      );
      if (left === right) continue;
      throw shapeMismatch(
        `${source}.${slot.name}`,
        `taps pair one with one: found ${left} of the student and ${right} here`,
      );
    }
  }
}

function checkClasses(
  slot: string,
  source: string,
  student: Shape | undefined,
  teacher: Shape | undefined,
): void {
  if (student === undefined || teacher === undefined || student[0] === teacher[0]) return;
  throw shapeMismatch(
    `${source}.${slot}`,
    `has ${teacher[0]} classes, the student has ${student[0]}; they must be equal`,
  );
}
