import type { Comparison } from './comparison.js';
import type { ReportModel } from './report-model.js';
import { stateText, type ResultRow } from './result-rows.js';
import type { Outcome } from './verdict.js';

/** The figures of a report, for machines. */
export interface ReportJson {
  readonly run: string;
  readonly recipeName: string;
  readonly state: string;
  readonly outcome: Outcome;
  readonly verdict: string;
  readonly rows: readonly ResultRow[];
  /** Counts instead of the indices of a `Comparison`. */
  readonly comparisons: readonly (Omit<Comparison, 'gained' | 'lost'> & {
    readonly gained: number;
    readonly lost: number;
  })[];
  readonly sameBudget?: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

export function reportJson(model: ReportModel): ReportJson {
  const { run, verdict, rows, budget, environment } = model;
  return {
    run: run.name,
    recipeName: run.recipeName,
    state: stateText(run.state),
    outcome: verdict.outcome,
    verdict: `${verdict.headline} ${verdict.detail}`,
    rows,
    comparisons: [...model.comparisons.values()].map((one) => ({
      ...one,
      gained: one.gained.length,
      lost: one.lost.length,
    })),
    ...(budget === undefined ? {} : { sameBudget: budget.same }),
    environment,
  };
}
