import { LyceumError, unknownName } from '@lyceum/errors';
import type { AnyLoss, Shape, ShapeMap, Slot, TapChoice } from './loss.js';
import { activeSlots, slotNames } from './slots.js';

/** What a model says of one of its taps. */
export interface TapOffer {
  readonly name: string;
  readonly shape: Shape;
  readonly role: 'stem' | 'map' | 'block' | 'pooled' | 'logits' | 'preact-stem' | 'preact-map' | 'attention';
  /** The batch norm that gives a map ahead of its ReLU. */
  readonly norm?: string;
}

/** Tap names or choices by slot, as a recipe gives them. */
export type GivenTaps = Readonly<Record<string, string | readonly string[]>>;

/** The tap that fills each tensor of a loss's slots, such as `{layer1: 'f1', layer2: 'f2'}`. */
export type TapAssignment = Readonly<Record<string, string>>;

type Role = TapOffer['role'];

const roles: Readonly<Record<TapChoice, readonly Role[]>> = {
  logits: ['logits'],
  pooled: ['pooled'],
  maps: ['map'],
  'last-map': ['map'],
  hint: ['map'],
  'stem-and-maps': ['stem', 'map'],
  'preact-stem': ['preact-stem'],
  'preact-maps': ['preact-map'],
  'maps-and-pooled': ['map', 'pooled'],
  'preact-maps-and-pooled': ['preact-map', 'pooled'],
};

/**
 * The taps that fill one slot, shallow to deep: those that the recipe names (tap names, or a choice such as
 * `maps`), or else the slot's default.
 * @throws LyceumError UNKNOWN_NAME with the nearest tap; TAPS_DO_NOT_MATCH when the model has no such taps, too
 * many are given, or a tap has the wrong kind.
 */
export function resolveTaps(
  slot: Slot,
  offers: readonly TapOffer[],
  given?: string | readonly string[],
): readonly string[] {
  const asked = given ?? slot.defaultTaps;
  const taps =
    typeof asked === 'string'
      ? byChoiceOrName(slot, asked, offers)
      : asked.map((name) => byName(slot, name, offers));
  if (taps.length === 0) throw mismatch(slot, 'at least one tap is needed, found none');
  if (slot.repeated !== true && taps.length > 1) {
    throw mismatch(slot, `takes one tap, found ${taps.length}: ${taps.map((tap) => tap.name).join(', ')}`);
  }
  for (const tap of taps) checkKind(slot, tap);
  return taps.map((tap) => tap.name);
}

/** Fills all slots that the parameters need (and those that the recipe names) from one model's taps. */
export function assignTaps(
  slots: readonly Slot[],
  params: Readonly<Record<string, unknown>>,
  offers: readonly TapOffer[],
  given: GivenTaps = {},
): TapAssignment {
  for (const name of Object.keys(given)) {
    if (!slots.some((slot) => slot.name === name))
      throw unknownName(
        'slot',
        name,
        slots.map((slot) => slot.name),
        'taps',
      );
  }
  const active = activeSlots(slots, params);
  const filled = slots.filter((slot) => active.includes(slot) || given[slot.name] !== undefined);
  const entries = filled.flatMap((slot) => {
    const taps = resolveTaps(slot, offers, given[slot.name]);
    return slotNames(slot, taps.length).map((name, index) => [name, taps[index]] as const);
  });
  return Object.fromEntries(entries);
}

/** Shapes by slot for the taps assigned. */
export function assignedShapes(assignment: TapAssignment, offers: readonly TapOffer[]): ShapeMap {
  const shape = (name: string): Shape => offers.find((tap) => tap.name === name)?.shape ?? [];
  return Object.fromEntries(Object.entries(assignment).map(([slot, tap]) => [slot, shape(tap)]));
}

/**
 * Refuses unequal numbers of taps where student and teacher taps are compared one with one.
 * @throws LyceumError TAPS_DO_NOT_MATCH naming the slot and both lists.
 */
export function checkPairs(module: AnyLoss, student: TapAssignment, teacher: TapAssignment): void {
  for (const slot of module.student) {
    const partner = module.teacher.find(({ name }) => name === slot.name);
    if (slot.repeated !== true || slot.unpaired === true || partner === undefined) continue;
    const [left, right] = [student, teacher].map((side) =>
      Object.keys(side).filter((name) => name.startsWith(slot.name)),
    );
    if (left.length === right.length) continue;
    throw mismatch(
      slot,
      `student taps (${left.map((name) => student[name]).join(', ')}) and teacher taps ` +
        `(${right.map((name) => teacher[name]).join(', ')}) pair one with one; give as many of each under "taps"`,
    );
  }
}

function byChoiceOrName(slot: Slot, asked: string, offers: readonly TapOffer[]): readonly TapOffer[] {
  if (!Object.hasOwn(roles, asked)) return [byName(slot, asked, offers)];
  const choice = asked as TapChoice;
  const found = offers.filter((tap) => roles[choice].includes(tap.role));
  for (const role of roles[choice]) {
    if (!found.some((tap) => tap.role === role))
      throw mismatch(slot, `the model has no tap of role "${role}" for "${choice}"`);
  }
  if (choice === 'last-map') return found.slice(-1);
  if (choice === 'hint') return found.length > 1 ? [found[1]] : found;
  return found;
}

function byName(slot: Slot, name: string, offers: readonly TapOffer[]): TapOffer {
  const found = offers.find((tap) => tap.name === name);
  if (found !== undefined) return found;
  throw unknownName(
    'tap',
    name,
    offers.map((tap) => tap.name),
    `taps.${slot.name}`,
  );
}

const ranks = { logits: 1, embedding: 1, map: 3 } as const;

function checkKind(slot: Slot, tap: TapOffer): void {
  const rank = tap.shape.length;
  const pooledAsMap = slot.kind === 'map' && tap.role === 'pooled';
  if (rank === ranks[slot.kind] || pooledAsMap) return;
  throw mismatch(slot, `needs a ${slot.kind}, found tap "${tap.name}" of shape [${tap.shape.join(', ')}]`);
}

function mismatch(slot: Slot, description: string): LyceumError {
  const field = `taps.${slot.name}`;
  return new LyceumError('TAPS_DO_NOT_MATCH', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}
