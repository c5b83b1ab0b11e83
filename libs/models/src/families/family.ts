import type { Initialization } from '../initializers.js';
import type { Network } from '../network/layers.js';

/** One network of a family, without a class count or an input shape. */
export interface Architecture {
  /** The name it is listed by; other spellings lead to it. */
  readonly name: string;
  readonly network: Network;
  readonly initialization: Initialization;
}

/** Networks that differ in depth or width only. */
export interface Family {
  readonly id: string;
  /** One line for people: what it is, and the forms of its names. */
  readonly description: string;
  /** Paper, and the code whose taps, parameter names and initialisation it follows. */
  readonly source: string;
  /** Names worth listing; of families with free numbers, those that are usual. */
  readonly names: readonly string[];
  /**
   * @param name in lower case, with `-` for `_`.
   * @returns nothing if the name is not of this family.
   * @throws LyceumError INVALID_FIELD if it is, and a number in it is not possible.
   */
  find(name: string): Architecture | undefined;
}

/** The first of the families that knows a name has it; the others are not asked, since they may refuse it. */
export function firstThatKnows(
  families: readonly Family[],
  name: string,
): (Architecture & { family: string }) | undefined {
  for (const family of families) {
    const found = family.find(name);
    if (found !== undefined) return { ...found, family: family.id };
  }
  return undefined;
}
