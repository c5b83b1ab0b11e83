import type { PairResult, PairRow } from './pair-result.js';
import { reach95, spreadOf, type Spread } from './spread.js';

/** A recipe of the table, run or not. */
export interface SweepRecipe {
  readonly name: string;
  readonly title: string;
  readonly method?: string | undefined;
  /** Number in the list of papers. */
  readonly paper?: string | undefined;
}

/**
 * `better`: the 95 % interval of the gain is above 0. `ahead`: the mean gain is, but not the interval, or there are
 * fewer than three seeds. `behind`: the mean gain is not above 0; `worse`: nor is any of the interval. `unknown`: not compared.
 */
export type SweepOutcome = 'better' | 'ahead' | 'behind' | 'worse' | 'unknown';

/** One distilled stage of one recipe over several seeds; scores are shares from 0 to 1. */
export interface SweepRow {
  readonly recipe: SweepRecipe;
  /** `<recipe>/<stage>`, the name that readings go by; the recipe alone where it has no result. */
  readonly key: string;
  /** Empty where the recipe has no result. */
  readonly stage: string;
  readonly architecture?: string | undefined;
  readonly losses: readonly string[];
  readonly measure: string;
  /** Seeds with a score. */
  readonly seeds: readonly number[];
  readonly score?: Spread | undefined;
  readonly alone?: Spread | undefined;
  readonly teacher?: Spread | undefined;
  /** Percentage points over the student alone of the same seed. */
  readonly gain?: Spread | undefined;
  /** `gain` by seed. */
  readonly gains: readonly { readonly seed: number; readonly points: number }[];
  readonly outcome: SweepOutcome;
  /** Mean time of the stage, in milliseconds. */
  readonly wallMs?: number | undefined;
  /** Mean bytes of keys that came from teachers. */
  readonly keyBytes?: number | undefined;
  /** Runs without a score for this stage, with the reason. */
  readonly failures: readonly { readonly seed: number; readonly reason: string }[];
  /** What a person wrote about it. */
  readonly reading?: string | undefined;
}

/** Rows in the order of the recipes, each with its stages in the order of its first result. */
export function sweepRows(
  recipes: readonly SweepRecipe[],
  results: readonly PairResult[],
  readings: Readonly<Record<string, string>> = {},
): SweepRow[] {
  return recipes.flatMap((recipe) => {
    const own = results.filter((result) => result.recipe === recipe.name).sort((a, b) => a.seed - b.seed);
    const stages = [...new Set(own.flatMap(({ rows }) => comparedIn(rows).map(({ task }) => task)))];
    if (stages.length === 0) return [emptyRow(recipe, own, readings[recipe.name])];
    return stages.map((stage) => rowOf(recipe, stage, own, readings[`${recipe.name}/${stage}`]));
  });
}

/** The distilled students; all networks where a recipe has none. */
function comparedIn(rows: readonly PairRow[]): readonly PairRow[] {
  const distilled = rows.filter(({ role }) => role === 'distilled');
  return distilled.length > 0 ? distilled : rows;
}

function emptyRow(recipe: SweepRecipe, own: readonly PairResult[], reading: string | undefined): SweepRow {
  return {
    recipe,
    key: recipe.name,
    stage: '',
    losses: [],
    measure: 'test accuracy',
    seeds: [],
    gains: [],
    outcome: 'unknown',
    failures: failuresOf(own),
    reading,
  };
}

const failuresOf = (results: readonly PairResult[]): SweepRow['failures'] =>
  results.map(({ seed, state, reason = `no result; the run has ${state}` }) => ({ seed, reason }));

function rowOf(
  recipe: SweepRecipe,
  stage: string,
  own: readonly PairResult[],
  reading: string | undefined,
): SweepRow {
  const found = own.flatMap((result) => {
    const row = result.rows.find(({ task }) => task === stage);
    if (row?.score === undefined) return [];
    return [{ result, seed: result.seed, row, score: row.score }];
  });
  const gains = found.flatMap(({ result, seed, row, score }) => {
    const alone = row.role === 'distilled' ? scoreOf(result, result.alone) : undefined;
    return alone === undefined ? [] : [{ seed, points: 100 * (score - alone) }];
  });
  const gain = spreadOf(gains.map(({ points }) => points));
  const last = own.flatMap(({ rows }) => rows.filter(({ task }) => task === stage)).at(-1);
  return {
    recipe,
    key: `${recipe.name}/${stage}`,
    stage,
    architecture: last?.architecture,
    losses: last?.losses ?? [],
    measure: own.at(-1)?.measure ?? 'test accuracy',
    seeds: found.map(({ seed }) => seed),
    score: spreadOf(found.map(({ score }) => score)),
    alone: spreadOf(found.flatMap(({ result }) => scoreOf(result, result.alone) ?? [])),
    teacher: spreadOf(found.flatMap(({ result }) => scoreOf(result, result.teacher) ?? [])),
    gain,
    gains,
    outcome: outcomeOf(gain),
    wallMs: spreadOf(found.flatMap(({ row }) => row.wallMs ?? []))?.mean,
    keyBytes: spreadOf(found.flatMap(({ row }) => row.keyBytes ?? []))?.mean,
    failures: failuresOf(own.filter((result) => !found.some((one) => one.result === result))),
    reading,
  };
}

const scoreOf = ({ rows }: PairResult, name: string | undefined): number | undefined =>
  rows.find(({ task }) => task === name)?.score;

function outcomeOf(gain: Spread | undefined): SweepOutcome {
  if (gain === undefined) return 'unknown';
  // Two seeds may agree by chance to the last digit.
  const reach = gain.count < 3 ? Number.POSITIVE_INFINITY : (reach95(gain) ?? Number.POSITIVE_INFINITY);
  if (gain.mean > 0) return gain.mean - reach > 0 ? 'better' : 'ahead';
  return gain.mean + reach < 0 ? 'worse' : 'behind';
}
