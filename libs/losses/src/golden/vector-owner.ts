import type { VectorCase, VectorRules } from '../loss.js';
import type { RecordedCase } from './vector-file.js';

/** A loss or operator, as far as it says which vectors are its own. */
export interface Owner {
  readonly id: string;
  readonly vectors?: VectorRules;
}

/** What a recorded case says of itself. */
export function vectorCaseOf(recorded: RecordedCase): VectorCase {
  const { name, variant, params, inputs, weights = {} } = recorded;
  const weightShapes = Object.fromEntries(Object.entries(weights).map(([of, { shape }]) => [of, shape]));
  return { name, variant, params, inputs: Object.keys(inputs), weightShapes };
}

/** The module that a case of a method's file belongs to: the one that claims it, else the one that claims nothing. */
export function ownerOf<M extends Owner>(
  modules: Iterable<M>,
  method: string,
  recorded: RecordedCase,
): M | undefined {
  const candidates = [...modules].filter(({ id, vectors }) => (vectors?.file ?? id) === method);
  const vector = vectorCaseOf(recorded);
  const claimed = candidates.find(({ vectors }) => vectors?.claims?.(vector) === true);
  return claimed ?? candidates.find(({ vectors }) => vectors?.claims === undefined);
}
