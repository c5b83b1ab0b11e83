import type { AnyLoss, LossSetting, OwnedTensor, ShapeMap, Slot, SourceCount } from './loss.js';
import { parseParams, type NumberParam, type Param, type ParamTable } from './params.js';

/** A parameter as plain data; a group's fields are flattened as `weights.global`. */
export interface ParamDescription {
  readonly name: string;
  readonly type: 'number' | 'integer' | 'boolean' | 'choice' | 'list';
  readonly default: number | boolean | string | readonly number[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Whether `minimum` itself is refused. */
  readonly exclusiveMinimum?: boolean;
  readonly choices?: readonly string[];
  /** What is allowed, in words: `above 0`, `whole, from 1 to 8`, `own | given`. */
  readonly range: string;
  readonly doc: string;
}

export interface SlotDescription {
  readonly name: string;
  readonly kind: Slot['kind'];
  readonly repeated: boolean;
  readonly optional: boolean;
  readonly defaultTaps: string;
}

/** A loss as plain data, for command line, service and docs. */
export interface LossDescription {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly equation: string;
  readonly params: readonly ParamDescription[];
  readonly studentSlots: readonly SlotDescription[];
  readonly teacherSlots: readonly SlotDescription[];
  readonly keySources: readonly ('teacher' | 'peer')[];
  readonly sourceCount: SourceCount;
  /** With default parameters. */
  readonly needsLabels: boolean;
  readonly needsIndices: boolean;
  readonly extra: readonly {
    readonly name: string;
    readonly doc: string;
    readonly from: string;
    readonly half: string;
    /** Whether the teacher computes it where it is not given. */
    readonly computed: boolean;
  }[];
  readonly stateful: boolean;
  readonly trainsAdapters: boolean;
  /** Whether the teacher computes something smaller than its taps. */
  readonly hasKey: boolean;
  readonly keyIsPerBatch: boolean;
}

/** Describes a loss with its default parameters. */
export function describeLoss(module: AnyLoss): LossDescription {
  const params = parseParams(module.params);
  return {
    id: module.id,
    title: module.title,
    source: module.source,
    equation: module.equation,
    params: describeParams(module.params),
    studentSlots: module.student.map(describeSlot),
    teacherSlots: module.teacher.map(describeSlot),
    keySources: module.keySources,
    sourceCount: sourceCountOf(module),
    needsLabels: module.needsLabels?.(params) ?? false,
    needsIndices: module.needsIndices ?? false,
    extra: (module.extra ?? []).map(({ name, doc, from, half, fromNorms }) => {
      return { name, doc, from, half, computed: fromNorms !== undefined };
    }),
    stateful: module.state !== undefined,
    trainsAdapters: module.adapters !== undefined,
    hasKey: module.key !== undefined,
    keyIsPerBatch: module.keyIsPerBatch ?? false,
  };
}

/** How many sources of keys a loss takes. */
export function sourceCountOf(module: AnyLoss): SourceCount {
  if (module.sourceCount !== undefined) return module.sourceCount;
  const one = module.teacher.length > 0 ? 1 : 0;
  return { min: one, max: one };
}

/** What a loss trains and keeps for given shapes: names, shapes and counts of numbers. */
export function describeOwned(
  module: AnyLoss,
  setting: LossSetting,
): {
  readonly adapters: readonly OwnedTensor[];
  readonly state: readonly OwnedTensor[];
} {
  return {
    adapters: setting.bare ? [] : (module.adapters?.(setting) ?? []),
    state: module.state?.(setting) ?? [],
  };
}

/** Bytes of float32 that shapes hold a sample. */
export function bytesPerSample(shapes: ShapeMap): number {
  const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
  return Object.values(shapes).reduce((sum, shape) => sum + 4 * count(shape), 0);
}

function describeParams(table: ParamTable, prefix = ''): readonly ParamDescription[] {
  return Object.entries(table).flatMap(([name, param]) =>
    param.type === 'group'
      ? describeParams(param.fields, `${prefix}${name}.`)
      : [describeParam(`${prefix}${name}`, param)],
  );
}

function describeParam(name: string, param: Exclude<Param, { type: 'group' }>): ParamDescription {
  const { type, doc } = param;
  const shared = { name, type, default: param.default, range: rangeOf(param), doc };
  if (param.type === 'choice') return { ...shared, choices: param.choices };
  if (param.type !== 'number' && param.type !== 'integer') return shared;
  return {
    ...shared,
    ...(param.min === undefined ? {} : { minimum: param.min }),
    ...(param.max === undefined ? {} : { maximum: param.max }),
    ...(param.exclusiveMin === undefined ? {} : { exclusiveMinimum: param.exclusiveMin }),
  };
}

function rangeOf(param: Exclude<Param, { type: 'group' }>): string {
  switch (param.type) {
    case 'boolean':
      return 'true | false';
    case 'choice':
      return param.choices.join(' | ');
    case 'list':
      return param.length === undefined ? 'numbers' : `${param.length} numbers`;
    default:
      return boundsOf(param) || 'any number';
  }
}

function boundsOf({ type, min, max, exclusiveMin }: NumberParam): string {
  const from = min === undefined ? '' : `${exclusiveMin === true ? 'above' : 'from'} ${min}`;
  const bounds = [from, max === undefined ? '' : `to ${max}`].filter((bound) => bound !== '').join(' ');
  return [type === 'integer' ? 'whole' : '', bounds].filter((part) => part !== '').join(', ');
}

function describeSlot(slot: Slot): SlotDescription {
  const { name, kind, defaultTaps } = slot;
  return { name, kind, defaultTaps, repeated: slot.repeated ?? false, optional: slot.optional ?? false };
}
