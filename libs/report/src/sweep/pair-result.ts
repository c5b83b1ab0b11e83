import { State, type Run, type RunEvent } from '@lyceum/contracts/orchestrator';
import { castOf } from '../summary/cast.js';
import { measureOf } from '../summary/measures.js';
import { planOf } from '../summary/plan-of.js';
import { resultRows, stateText, type ResultRow } from '../summary/result-rows.js';

/** What one recipe came to with one seed. Plain data, to be kept as JSON. */
export interface PairResult {
  readonly recipe: string;
  readonly seed: number;
  readonly run: string;
  /** `succeeded`, `failed`, ... */
  readonly state: string;
  /** Why it did not succeed, for people. */
  readonly reason?: string;
  /** What `score` of the rows is, for people: "test accuracy" unless the recipe compares by something else. */
  readonly measure: string;
  /** Tasks of the network that taught and of the student alone; one and the same where it taught its later self. */
  readonly teacher?: string;
  readonly alone?: string;
  readonly rows: readonly PairRow[];
  /** What it was computed with, texts by name. */
  readonly environment: Readonly<Record<string, string>>;
}

const fields = [
  ...(['role', 'task', 'architecture', 'losses', 'state'] as const),
  ...(['parameterCount', 'score', 'wallMs', 'keyBytes'] as const),
] as const satisfies readonly (keyof ResultRow)[];
const kept: ReadonlySet<string> = new Set(fields);

/** One network of a result; see `ResultRow` for units. */
export type PairRow = Pick<ResultRow, (typeof fields)[number]>;

/** Takes from a run that has ended what a table over many runs needs. */
export function pairResultOf(
  run: Run,
  recipe: string,
  seed: number,
  environment: Readonly<Record<string, string>> = {},
  events: readonly RunEvent[] = [],
): PairResult {
  const { plan } = planOf(run);
  const cast = castOf(run, plan);
  const rows = resultRows({ run, plan, cast, events, evaluations: {} });
  const reason = reasonOf(run);
  return {
    recipe,
    seed,
    run: run.name,
    state: stateText(run.state),
    ...(reason === undefined ? {} : { reason }),
    measure: measureOf(plan),
    ...(cast.teacher === undefined ? {} : { teacher: cast.teacher }),
    ...(cast.alone === undefined ? {} : { alone: cast.alone }),
    rows: rows.map(pairRow),
    environment,
  };
}

function pairRow(row: ResultRow): PairRow {
  const entries = Object.entries(row).filter(([field]) => kept.has(field));
  return Object.fromEntries(entries) as unknown as PairRow;
}

function reasonOf(run: Run): string | undefined {
  if (run.state === State.SUCCEEDED) return undefined;
  const failed = run.tasks.find((task) => task.state === State.FAILED && task.error !== undefined);
  if (failed?.error !== undefined) return `${failed.name}: ${failed.error.message}`;
  return run.error?.message ?? `it is ${stateText(run.state)}`;
}
