import { unknownName } from '@lyceum/errors';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRecipe } from './parse.js';
import { costOf, type RecipeCost } from './recipe-cost.js';
import type { Recipe, Stage } from './schema.js';

/** A recipe of the library; what its annotations lack is absent. */
export interface LibraryRecipe {
  readonly name: string;
  readonly title: string;
  readonly file: string;
  /** Abbreviation that the method is known by. */
  readonly method?: string;
  readonly paper?: Paper;
  readonly stages: readonly { readonly name: string; readonly kind: Stage['kind'] }[];
  readonly cost: RecipeCost;
}

/** The work that a recipe follows. */
export interface Paper {
  /** Number in the list of papers; several, with blanks between, where a recipe belongs to several. */
  readonly number?: string;
  readonly title?: string;
  readonly authors?: string;
  readonly year?: number;
  /** For instance "1503.02531". */
  readonly arxiv?: string;
}

const folder = fileURLToPath(new URL('../library/', import.meta.url));

/** The recipes of the library: those of one paper in the order of the papers' numbers, then the others by name. */
export function listRecipes(): LibraryRecipe[] {
  return names()
    .map((name) => describe(fileOf(name)))
    .sort((a, b) => placeOf(a) - placeOf(b) || a.name.localeCompare(b.name));
}

/**
 * A recipe of the library with its text.
 * @throws LyceumError UNKNOWN_NAME with the nearest names.
 */
export function libraryRecipe(name: string): LibraryRecipe & { readonly text: string } {
  if (!names().includes(name)) throw unknownName('recipe', name, names());
  const file = fileOf(name);
  return { ...describe(file), text: readFileSync(file, 'utf8') };
}

/** A recipe has the name of its file. */
const names = (): string[] =>
  readdirSync(folder).flatMap((file) => (file.endsWith('.yaml') ? [basename(file, '.yaml')] : []));

const fileOf = (name: string): string => join(folder, `${name}.yaml`);

function describe(file: string): LibraryRecipe {
  const recipe = parseRecipe(readFileSync(file, 'utf8'));
  const { metadata, spec } = recipe;
  const { method } = metadata.annotations ?? {};
  const paper = paperOf(recipe);
  return {
    name: metadata.name,
    title: spec.title ?? '',
    file,
    ...(method === undefined ? {} : { method }),
    ...(paper === undefined ? {} : { paper }),
    stages: spec.stages.map(({ name, kind }) => ({ name, kind })),
    cost: costOf(recipe),
  };
}

function paperOf({ metadata }: Recipe): Paper | undefined {
  const { paper: number, title, authors, year, arxiv } = metadata.annotations ?? {};
  const given = Object.entries({ number, title, authors, year: year && Number(year), arxiv });
  const known = given.filter(([, value]) => value !== undefined && value !== '');
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

/** Recipes of one paper come first. */
function placeOf({ paper }: LibraryRecipe): number {
  const number = Number(paper?.number);
  return Number.isNaN(number) ? Number.MAX_SAFE_INTEGER : number;
}
