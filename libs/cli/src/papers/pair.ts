import type { LibraryRecipe } from '@lyceum/recipes';
import { createHash } from 'node:crypto';

/** One recipe with one seed. */
export interface Pair {
  readonly recipe: LibraryRecipe;
  readonly seed: number;
  /** What is run. */
  readonly text: string;
}

export const pairName = ({ recipe, seed }: Pair): string => `${recipe.name}, seed ${seed}`;

/** Roughly what it takes on two cores; something for those that do not say. */
export const minutesOf = ({ recipe }: Pair): number => recipe.cost.minutes ?? 3;

export const textDigest = ({ text }: Pair): string => createHash('sha256').update(text).digest('hex');
