import type { Run, RunEvent } from '@lyceum/contracts/orchestrator';
import type { LoadedData } from '@lyceum/data';
import type { Evaluation } from '../evaluation.js';
import type { ReportInput } from '../report-input.js';
import { budgetOf, type Budget } from './budget.js';
import { castOf, type Cast } from './cast.js';
import { comparePaired, type Comparison } from './comparison.js';
import { measureOf, measuresOf, type Measures } from './measures.js';
import { planOf, type RunPlan } from './plan-of.js';
import { resultRows, type ResultRow } from './result-rows.js';
import { seriesOf, type TaskSeries } from './series.js';
import { aloneRow, bestOf, verdictOf, type Verdict } from './verdict.js';

/** Everything that the sections show, worked out once. */
export interface ReportModel {
  readonly run: Run;
  readonly plan: RunPlan | undefined;
  /** Why there is no plan, for people. */
  readonly planGap: string | undefined;
  readonly cast: Cast;
  readonly events: readonly RunEvent[];
  readonly evaluations: Readonly<Record<string, Evaluation | undefined>>;
  /** Absent when it was not given, or does not fit the evaluations. */
  readonly data: LoadedData | undefined;
  /** Why there is no data to show, for people. */
  readonly dataGap: string | undefined;
  readonly rows: readonly ResultRow[];
  /** What networks are compared by: "test accuracy", "20-NN". */
  readonly measure: string;
  /** What evaluations found besides accuracy. */
  readonly measures: Measures | undefined;
  readonly best: ResultRow | undefined;
  readonly alone: ResultRow | undefined;
  /** Each distilled student against the student alone, by the student's task. */
  readonly comparisons: ReadonlyMap<string, Comparison>;
  readonly verdict: Verdict;
  readonly budget: Budget | undefined;
  readonly series: readonly TaskSeries[];
  readonly environment: Readonly<Record<string, string>>;
  readonly command: string;
}

export function reportModel(input: ReportInput): ReportModel {
  const { run, events = [], evaluations = {} } = input;
  const { plan, gap: planGap } = planOf(run);
  const cast = castOf(run, plan);
  const rows = resultRows({ run, plan, cast, events, evaluations });
  const dataGap = gapOf(input.data, evaluations);
  const data = dataGap === undefined ? input.data : undefined;
  const best = bestOf(rows);
  const alone = aloneRow(rows, cast.alone);
  const measure = measureOf(plan);
  const metric = plan?.recipe.spec.compare?.metric;
  // Answers can be compared image by image only where they are what networks are compared by.
  const comparisons = metric === undefined ? comparisonsOf(cast, evaluations, data) : new Map<never, never>();
  return {
    run,
    plan,
    planGap,
    cast,
    events,
    evaluations,
    data,
    dataGap,
    rows,
    measure,
    measures: measuresOf(run, plan),
    best,
    alone,
    comparisons,
    verdict: verdictOf(rows, alone, best && comparisons.get(best.task), measure),
    budget: budgetOf(plan, cast.alone, cast.distilled),
    series: seriesOf(run.tasks, events),
    environment: input.environment ?? {},
    command: input.command ?? 'npx lyceum run recipe.yaml',
  };
}

function gapOf(
  data: LoadedData | undefined,
  evaluations: Readonly<Record<string, Evaluation>>,
): string | undefined {
  if (data === undefined) return 'The data set was not at hand when this report was made.';
  const odd = Object.entries(evaluations).find(([, { sampleCount }]) => sampleCount !== data.test.count);
  if (odd === undefined) return undefined;
  return `The data set at hand has ${data.test.count} test images, but ${odd[0]} was tested on ${odd[1].sampleCount}.`;
}

function comparisonsOf(
  cast: Cast,
  evaluations: Readonly<Record<string, Evaluation | undefined>>,
  data: LoadedData | undefined,
): Map<string, Comparison> {
  const { alone } = cast;
  const base = alone === undefined ? undefined : evaluations[alone];
  if (alone === undefined || base === undefined || data === undefined) return new Map();
  return new Map(
    cast.distilled.flatMap((task) => {
      const evaluation = evaluations[task];
      if (evaluation === undefined) return [];
      return [
        [
          task,
          comparePaired({ task, evaluation }, { task: alone, evaluation: base }, data.test.labels),
        ] as const,
      ];
    }),
  );
}
