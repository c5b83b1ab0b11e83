import { invalidField, unknownName } from '@lyceum/errors';
import { catalogue } from '@lyceum/recipes';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Home } from '../home.js';
import type { Pair } from './pair.js';
import { varyRecipe, type Variation } from './vary-recipe.js';

/** Options of `lyceum papers`, as they are given. */
export interface PapersOptions {
  readonly fast?: boolean;
  readonly seeds?: string;
  readonly only?: string;
  readonly trainers?: number;
  readonly threads: number;
  readonly backend?: string;
  readonly quick?: boolean;
  readonly epochs?: number;
  readonly trainLimit?: number;
  readonly testLimit?: number;
  readonly fresh?: boolean;
  readonly table?: boolean;
  readonly out?: string;
  readonly notes: string;
}

export interface SweepPlan {
  /** What is to be run. */
  readonly pairs: readonly Pair[];
  /** What the table is about: every recipe with every seed that may have a result. */
  readonly shown: readonly Pair[];
  /** What was changed in the recipes, for people; empty for the recipes as they are. */
  readonly changes: readonly string[];
  readonly stateFolder: string;
  readonly outFolder: string;
  readonly trainers: number;
}

const quick = { epochs: 1, trainLimit: 512, testLimit: 500 };
const allSeeds = [1, 2, 3];

/** Errors: INVALID_FIELD for seeds, UNKNOWN_NAME for recipes that are not in the library. */
export function sweepPlan(options: PapersOptions, home: Home): SweepPlan {
  const { epochs, trainLimit, testLimit } = options;
  const reduced: Variation = {
    ...(options.quick ? quick : {}),
    ...defined({ epochs, trainLimit, testLimit }),
  };
  const changes = Object.entries(reduced).map(([field, value]) => `${words[field]} ${value}`);
  const variant = changes.length === 0 ? 'full' : changes.join('-').replaceAll(' ', '-');
  const seeds = options.seeds === undefined ? (options.fast ? [1] : allSeeds) : seedsIn(options.seeds);
  const all = catalogue.recipes();
  const recipes = options.only === undefined ? all : named(options.only, all);
  const pairsOf = (some: readonly Pair['recipe'][], with_: readonly number[]): Pair[] =>
    some.flatMap((recipe) => {
      const text = readFileSync(recipe.file, 'utf8');
      return with_.map((seed) => ({ recipe, seed, text: varyRecipe(text, { ...reduced, seed }) }));
    });
  const stateFolder = resolve(home.folder, 'results', variant);
  return {
    pairs: pairsOf(recipes, seeds),
    shown: pairsOf(all, [...new Set([...allSeeds, ...seeds])]),
    changes,
    stateFolder,
    outFolder: resolve(options.out ?? (changes.length === 0 ? 'docs' : stateFolder)),
    trainers: options.trainers ?? availableParallelism(),
  };
}

const words: Readonly<Record<string, string>> = {
  epochs: 'epochs',
  trainLimit: 'training samples',
  testLimit: 'test samples',
};

function seedsIn(text: string): number[] {
  const seeds = text.split(',').map((part) => Number(part.trim() === '' ? NaN : part));
  if (!seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0))
    throw invalidField('seeds', `must be whole numbers from 0 with commas between, found "${text}"`);
  return [...new Set(seeds)];
}

function named(text: string, all: readonly Pair['recipe'][]): Pair['recipe'][] {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    const found = all.find((recipe) => recipe.name === name);
    if (found !== undefined) return found;
    const known = all.map((recipe) => recipe.name);
    throw unknownName('recipe', name, known, 'only');
  });
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
