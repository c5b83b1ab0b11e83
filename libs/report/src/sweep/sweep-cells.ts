import { bytes, duration, listed, percent, signed } from '../summary/format.js';
import type { ResultsInput } from './results-input.js';
import type { Spread } from './spread.js';
import type { SweepRow } from './sweep-rows.js';

export interface SweepColumn {
  readonly title: string;
  readonly note?: string;
  /** Absent where there is no value. */
  readonly cell: (row: SweepRow) => string | undefined;
  readonly isNumber?: boolean;
}

/** The columns of the table of results, for page and Markdown alike. */
export const sweepColumns: readonly SweepColumn[] = [
  { title: 'Paper', cell: ({ recipe }) => recipe.paper },
  { title: 'Method', cell: ({ recipe }) => recipe.method },
  { title: 'Seeds', cell: ({ seeds }) => (seeds.length === 0 ? undefined : seeds.join(', ')) },
  {
    title: 'Student',
    note: 'mean ± standard deviation',
    cell: (row) => share(row.score) && `${share(row.score)}${measureNote(row)}`,
    isNumber: true,
  },
  { title: 'Alone', cell: ({ alone }) => share(alone), isNumber: true },
  {
    title: 'Gain',
    note: 'points, paired by seed',
    cell: ({ gain }) => gain && `${signed(gain.mean)}${deviation(gain, 1)}`,
    isNumber: true,
  },
  { title: 'Teacher', cell: ({ teacher }) => share(teacher), isNumber: true },
  {
    title: 'Wall time',
    cell: ({ wallMs }) => (wallMs === undefined ? undefined : duration(wallMs)),
    isNumber: true,
  },
  {
    title: 'Streamed',
    cell: ({ keyBytes }) => (keyBytes === undefined ? undefined : bytes(keyBytes)),
    isNumber: true,
  },
  { title: 'Outcome', cell: (row) => outcomeText(row) },
];

const share = (spread: Spread | undefined): string | undefined =>
  spread && `${percent(spread.mean).replace(/\u00a0%$/, '')}${deviation(spread, 100)}`;

const deviation = (spread: Spread, factor: number): string =>
  spread.deviation === undefined ? '' : ` ± ${(factor * spread.deviation).toFixed(2)}`;

/** Scores are test accuracies unless a row says otherwise. */
const measureNote = ({ measure }: SweepRow): string => (measure === 'test accuracy' ? '' : ` (${measure})`);

/** What a row says about the method, in words. */
export function outcomeText({ outcome, seeds, failures }: SweepRow): string {
  const failed =
    failures.length === 0 ? '' : `failed with seed ${listed(failures.map(({ seed }) => `${seed}`))}`;
  const compared = {
    better: 'beats the student alone',
    ahead:
      seeds.length === 1
        ? 'ahead, with one seed'
        : seeds.length === 2
          ? 'ahead, with two seeds'
          : 'ahead, within the spread of the seeds',
    behind: 'does not beat the student alone',
    worse: 'does worse than the student alone',
    unknown: seeds.length === 0 ? '' : 'has no student alone to compare with',
  }[outcome];
  const parts = [compared, failed].filter((part) => part !== '');
  return parts.length === 0 ? 'not run yet' : parts.join('; ');
}

/** Whether a method is not shown to help, so that a reader asks why. */
export const asksForReading = ({ outcome }: SweepRow): boolean => outcome === 'behind' || outcome === 'worse';

/** How many methods came out which way, in one sentence. */
export function tally(rows: readonly SweepRow[]): string {
  const count = (...outcomes: SweepRow['outcome'][]) =>
    rows.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const compared = rows.length - count('unknown');
  return (
    `Of ${compared} distilled students, ${count('better')} beat the student alone beyond the spread of the seeds, ` +
    `${count('ahead')} are ahead of it within that spread or with fewer than three seeds, ` +
    `and ${count('behind', 'worse')} do not beat it.`
  );
}

/** How the numbers came about, in a few sentences. */
export function terms({ changes }: ResultsInput): string[] {
  const reduced =
    changes.length === 0
      ? []
      : [
          `Budgets were cut (${listed(changes)}), so these numbers say that the recipes run, and nothing of the methods.`,
        ];
  return [
    ...reduced,
    'Scores are in percent of the test set, test accuracy unless the row says otherwise. Students alone have the ' +
      'budget, data and seed of the distilled ones.',
    'The gain is the mean over seeds of the difference to the student alone of the same seed. It counts as beating ' +
      'it when there are three seeds or more and its 95 % interval (Student’s t) is above 0.',
    'Wall time is that of the stage alone, with other stages beside it on the same machine; streamed are the keys that the student took from its teachers.',
    'Seeds, budgets and data are those of the recipes.',
  ];
}
