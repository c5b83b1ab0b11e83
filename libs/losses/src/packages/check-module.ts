import type { Violation } from '@lyceum/errors';
import type { AnyLoss } from '../loss.js';

type Candidate = Partial<Record<keyof AnyLoss, unknown>>;

/** Whether an export is meant to be a loss: anything with an id and a value half. */
export function isLossLike(exported: unknown): exported is Candidate {
  return typeof exported === 'object' && exported !== null && 'id' in exported && 'value' in exported;
}

/** What keeps an export from being a loss; empty when it is one. */
export function moduleViolations(module: Candidate): readonly Violation[] {
  const at = `loss "${String(module.id)}"`;
  return checks.flatMap(([field, description, isRight]) =>
    isRight(module[field]) ? [] : [{ field: `${at}.${field}`, description }],
  );
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isTable = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isFunction = (value: unknown) => typeof value === 'function';
const absentOr = (isRight: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || isRight(value);

const checks: readonly (readonly [keyof AnyLoss, string, (value: unknown) => boolean])[] = [
  [
    'id',
    'must be lower case letters, digits and dashes',
    (id) => typeof id === 'string' && /^[a-z0-9][a-z0-9-]*$/.test(id),
  ],
  ['title', 'must be a text', isText],
  ['source', 'must be a text: where the method comes from', isText],
  ['equation', 'must be a text', isText],
  ['params', 'must be a table of parameters, {} for none', isTable],
  ['student', 'must be a list of slots', areSlots],
  ['teacher', 'must be a list of slots, [] for none', areSlots],
  ['keySources', 'must be a list of "teacher" and "peer", [] for a loss without a teacher', areSources],
  ['value', 'must be a function', isFunction],
  ['key', 'must be a function', absentOr(isFunction)],
  ['adapters', 'must be a function', absentOr(isFunction)],
  ['state', 'must be a function', absentOr(isFunction)],
  ['extra', 'must be a list of inputs', absentOr(Array.isArray)],
];

function areSlots(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  return value.every((slot: Partial<AnyLoss['student'][number]> | null) => {
    const { name, kind = '', defaultTaps } = slot ?? {};
    return isText(name) && ['logits', 'map', 'embedding'].includes(kind) && isText(defaultTaps);
  });
}

function areSources(value: unknown): boolean {
  return Array.isArray(value) && value.every((source) => source === 'teacher' || source === 'peer');
}
