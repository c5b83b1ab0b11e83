import type { Comparison } from './comparison.js';
import { percent, plural, probability, signed } from './format.js';
import type { ResultRow } from './result-rows.js';
import { z95 } from './statistics.js';

export type Outcome = 'better' | 'worse' | 'unclear' | 'unknown';

/** What a run found, in two sentences that claim no more than it shows. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly headline: string;
  readonly detail: string;
}

/** Below this probability a difference is called one. */
const threshold = 0.05;

/** The distilled student with the highest score. */
export function bestOf(rows: readonly ResultRow[]): ResultRow | undefined {
  const scored = rows.filter((row) => row.role === 'distilled' && row.score !== undefined);
  return scored.reduce<ResultRow | undefined>(
    (best, row) => (best === undefined || (row.score ?? 0) > (best.score ?? 0) ? row : best),
    undefined,
  );
}

/** The row that the gain is measured against. */
export function aloneRow(rows: readonly ResultRow[], alone: string | undefined): ResultRow | undefined {
  return rows.find((row) => row.task === alone);
}

/** @param measure what scores are, for people. */
export function verdictOf(
  rows: readonly ResultRow[],
  alone: ResultRow | undefined,
  comparison: Comparison | undefined,
  measure: string,
): Verdict {
  const best = bestOf(rows);
  const students = rows.filter((row) => row.role === 'distilled');
  if (students.length === 0) {
    return {
      outcome: 'unknown',
      headline: 'No student was distilled in this run.',
      detail: 'There is nothing to compare.',
    };
  }
  if (best?.score === undefined) {
    return {
      outcome: 'unknown',
      headline: 'No distilled student has a test result.',
      detail: 'See how the run went below.',
    };
  }
  if (alone?.score === undefined || best.gainPoints === undefined) {
    return {
      outcome: 'unknown',
      headline: `The distilled student’s ${measure} is ${percent(best.score)}.`,
      detail:
        'There is no result of a student trained alone, so this run can’t say what distillation brought.',
    };
  }
  const outcome = outcomeOf(best, alone, comparison);
  const from = `${percent(alone.score)} alone, ${percent(best.score)} distilled (${best.task})`;
  return {
    outcome,
    headline: headlineOf(outcome, best.gainPoints, measure),
    detail: `${from}. ${evidenceOf(outcome, comparison)}`,
  };
}

function outcomeOf(best: ResultRow, alone: ResultRow, comparison: Comparison | undefined): Outcome {
  const gain = best.gainPoints ?? 0;
  const clear = comparison
    ? comparison.p < threshold
    : isClearUnpaired(gain, best.standardError, alone.standardError);
  if (!clear) return 'unclear';
  return gain > 0 ? 'better' : 'worse';
}

/** Treats the two as measured on different samples, which asks for more than a paired test does. */
function isClearUnpaired(gainPoints: number, first: number | undefined, second: number | undefined): boolean {
  if (first === undefined || second === undefined) return false;
  return Math.abs(gainPoints) / 100 > z95 * Math.hypot(first, second);
}

function headlineOf(outcome: Outcome, gain: number, measure: string): string {
  const size = Math.abs(gain).toFixed(2);
  if (outcome === 'better') return `Distillation raised the student’s ${measure} by ${size} points.`;
  if (outcome === 'worse') return `Distillation lowered the student’s ${measure} by ${size} points.`;
  return `Distillation made no clear difference: ${signed(gain)} points of ${measure}.`;
}

function evidenceOf(outcome: Outcome, comparison: Comparison | undefined): string {
  if (comparison === undefined) {
    return outcome === 'unclear'
      ? 'Without the two answers to every image, a difference of this size can’t be told from chance.'
      : 'The difference is larger than two independent test samples of this size would give by chance.';
  }
  const { gained, lost, p } = comparison;
  const split = `${plural(gained.length, 'image')} only the distilled student got right, ${plural(lost.length, 'image')} only the one alone`;
  return outcome === 'unclear'
    ? `${split}: chance alone gives a split like this (p = ${probability(p)}).`
    : `${split}: chance alone seldom gives a split like this (p ${p < 0.001 ? '' : '= '}${probability(p)}).`;
}
