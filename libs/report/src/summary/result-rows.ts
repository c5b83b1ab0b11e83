import { State, type Run, type RunEvent, type Task } from '@lyceum/contracts/orchestrator';
import type { Evaluation } from '../evaluation.js';
import { activeMsOf } from './active-time.js';
import type { Cast } from './cast.js';
import { scoreOf } from './measures.js';
import type { RunPlan } from './plan-of.js';
import { standardError } from './statistics.js';
import { waitShareOf } from './wait-share.js';

/** `other`: one network of a sweep or chain that is none of the others. */
export type Role = 'teacher' | 'alone' | 'distilled' | 'other';

/** One network of the result table. What is not known is absent. */
export interface ResultRow {
  readonly role: Role;
  /** Name of the task that trained it; of the teacher in the recipe when it came from a file. */
  readonly task: string;
  readonly architecture?: string;
  /** Losses it was trained with, by their names in the recipe. */
  readonly losses: readonly string[];
  /** `succeeded`, `failed`, ...; `given` for a teacher that came from a file. */
  readonly state: string;
  readonly parameterCount?: number;
  /** Of one image's forward pass. */
  readonly multiplyAdds?: number;
  /** Parameters of adapters that were trained along and then dropped. */
  readonly adapterParameterCount?: number;
  /** Share of the test samples classified rightly, 0 to 1. */
  readonly testAccuracy?: number;
  /** Binomial standard error of `testAccuracy`, as a share, where the recipe compares by it. */
  readonly standardError?: number;
  /** What the recipe compares by, 0 to 1: the test accuracy unless it says otherwise. */
  readonly score?: number;
  /** `score` minus the student alone's, in percentage points. */
  readonly gainPoints?: number;
  /** The teacher's parameters divided by this network's. */
  readonly timesSmaller?: number;
  /** From the task's first start to its end, in milliseconds. */
  readonly wallMs?: number;
  /** Bytes of keys that came from teachers. */
  readonly keyBytes?: number;
  /** `keyBytes` per training sample seen, repeats counted. */
  readonly keyBytesPerSample?: number;
  /** Share of the training time spent waiting for keys, 0 to 1. */
  readonly waitShare?: number;
}

export interface RowSources {
  readonly run: Run;
  readonly plan: RunPlan | undefined;
  readonly cast: Cast;
  readonly events: readonly RunEvent[];
  readonly evaluations: Readonly<Record<string, Evaluation | undefined>>;
}

/** The networks to compare: teacher, student alone, each student that was taught, and others of a sweep or chain. */
export function resultRows(sources: RowSources): ResultRow[] {
  const { cast, run } = sources;
  const roles: [Role, string | undefined][] = [
    ['teacher', cast.teacher],
    ['alone', cast.alone === cast.teacher ? undefined : cast.alone],
    ...cast.distilled.map((name): [Role, string] => ['distilled', name]),
    ...cast.others.map((name): [Role, string] => ['other', name]),
  ];
  const rows = roles.flatMap(([role, name]) => {
    const task = run.tasks.find((candidate) => candidate.name === name);
    return task === undefined ? [] : [rowOf(role, task, sources)];
  });
  const outside: ResultRow[] = cast.outside
    ? [
        {
          role: 'teacher',
          task: cast.outside.name,
          architecture: cast.outside.architecture,
          losses: [],
          state: 'given',
        },
      ]
    : [];
  const all = [...outside, ...rows];
  const teacher = all.find((row) => row.role === 'teacher');
  const alone = all.find((row) => row.task === cast.alone);
  return all.map((row) => ({ ...row, ...comparedWith(row, teacher, alone) }));
}

function comparedWith(
  row: ResultRow,
  teacher: ResultRow | undefined,
  alone: ResultRow | undefined,
): Partial<ResultRow> {
  const gain =
    row.role === 'distilled' && row.score !== undefined && alone?.score !== undefined
      ? { gainPoints: 100 * (row.score - alone.score) }
      : {};
  const smaller =
    row !== teacher && row.parameterCount && teacher?.parameterCount
      ? { timesSmaller: teacher.parameterCount / row.parameterCount }
      : {};
  return { ...gain, ...smaller };
}

function rowOf(role: Role, task: Task, sources: RowSources): ResultRow {
  const { run, plan, events, evaluations } = sources;
  const spec = plan?.specs.get(task.name);
  const train = spec?.kind === 'train' ? spec : undefined;
  const evaluation = evaluations[task.name];
  const measure = plan?.recipe.spec.compare?.metric;
  const { results } = task;
  const testAccuracy = results.accuracy ?? evaluation?.accuracy;
  const keyBytes = results.receivedBytes ?? task.metrics?.receivedBytes;
  const seen = samplesSeen(task, plan);
  return defined({
    role,
    task: task.name,
    architecture: train?.model.architecture,
    losses: train?.losses.map((loss) => loss.as) ?? [],
    state: stateText(task.state),
    parameterCount: results.parameterCount,
    multiplyAdds: results.multiplyAdds,
    adapterParameterCount: results.adapterParameterCount || undefined,
    testAccuracy,
    score: measure === undefined ? testAccuracy : scoreOf(run, plan, task.name),
    standardError:
      testAccuracy === undefined || evaluation === undefined || measure !== undefined
        ? undefined
        : standardError(testAccuracy, evaluation.sampleCount),
    wallMs: wallMsOf(task, events),
    keyBytes: keyBytes || undefined,
    keyBytesPerSample: keyBytes && seen ? keyBytes / seen : undefined,
    waitShare: waitShareOf(events.filter((event) => event.task === task.name)),
  });
}

/** Whether rows are of networks of many sizes, so that what each takes belongs into the table. */
export const areOfManySizes = (rows: readonly ResultRow[]): boolean =>
  rows.some(({ role }) => role === 'other');

/** Samples trained on, repeats counted: steps times the batch, less what the last batch of an epoch lacks. */
export function samplesSeen(task: Task, plan: RunPlan | undefined): number | undefined {
  const spec = plan?.specs.get(task.name);
  if (spec?.kind !== 'train') return undefined;
  const { epochs, batchSize } = spec.training;
  const steps = task.results.steps ?? task.step;
  const limit = spec.data.trainLimit ?? Number.POSITIVE_INFINITY;
  return Math.min(steps * batchSize, epochs * limit);
}

/** How long a task took, where it was computed, and without the time in which nobody had it as far as events tell. */
export function wallMsOf(task: Task, events: readonly RunEvent[] = []): number | undefined {
  const { results, startTime, endTime, attempt } = task;
  if (results.computedMs !== undefined) return results.computedMs;
  if (startTime === undefined || endTime === undefined) return undefined;
  const active = attempt > 1 ? activeMsOf(task, events) : undefined;
  return active ?? endTime.getTime() - startTime.getTime();
}

/** `succeeded`, `failed`, ... */
export const stateText = (state: State): string => (State[state] ?? 'unrecognized').toLowerCase();

function defined<T extends object>(record: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}
