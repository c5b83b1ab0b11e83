import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import { channel } from '../database/database.js';
import { toJsonText, toStorableText, withNumbers } from '../json-text.js';
import type { Run, RunEvent, Task } from '../records.js';
import { RunChange, type RunState, type TaskPatch, type TaskState } from '../state/run-change.js';
import type { EventTable, Schema } from './schema.js';

/** A database or a transaction on it. */
export type Queries = Kysely<Schema> | Transaction<Schema>;

export const runColumns = [
  'number',
  'name',
  'requestId',
  'recipeName',
  'artifactRoot',
  'state',
  'error',
  'createTime',
  'endTime',
  'lastSequence',
] as const;

const taskColumns = [
  'run',
  'name',
  'position',
  'stage',
  'kind',
  'dependsOn',
  'gang',
  'placement',
  'maxAttempts',
  'backoffMs',
  'state',
  'attempt',
  'fence',
  'worker',
  'leaseUntil',
  'notBefore',
  'failures',
  'losses',
  'leaseStep',
  'endedFence',
  'step',
  'stepCount',
  'metrics',
  'results',
  'artifacts',
  'error',
  'startTime',
  'endTime',
] as const;

/** The tasks of some runs in planned order, without specs. */
export async function selectTasks(
  queries: Queries,
  runs: readonly string[],
  only?: string,
): Promise<TaskState[]> {
  if (runs.length === 0) return [];
  const query = queries.selectFrom('tasks').select(taskColumns).where('run', 'in', runs).orderBy('position');
  const rows = await (only === undefined ? query : query.where('name', '=', only)).execute();
  return rows.map((row) => ({
    ...row,
    metrics: withNumbers(row.metrics),
    results: withNumbers(row.results),
  }));
}

/**
 * Locks a run for this transaction and loads it. The run's row is the one lock for all that belongs to the run, so
 * no two transactions ever wait for each other. Undefined when there is no such run, or `skipLocked` and it is locked.
 */
export async function lockRun(
  trx: Transaction<Schema>,
  name: string,
  now: () => Promise<Date>,
  options: { skipLocked?: boolean; onlyTask?: string } = {},
): Promise<RunChange | undefined> {
  const query = trx.selectFrom('runs').select(runColumns).where('name', '=', name).forUpdate();
  const run = await (options.skipLocked ? query.skipLocked() : query).executeTakeFirst();
  if (run === undefined) return undefined;
  // Read after the lock, so that the times of a run's events rise with their numbers.
  return new RunChange(run, await selectTasks(trx, [name], options.onlyTask), await now());
}

/** Writes what a change did: tasks, events and run, and tells those who listen once it is committed. */
export async function saveChange(trx: Transaction<Schema>, change: RunChange): Promise<RunEvent[]> {
  const { run, runPatch, taskPatches } = change;
  for (const [name, patch] of taskPatches) {
    await trx
      .updateTable('tasks')
      .set(taskValues(patch))
      .where('run', '=', run.name)
      .where('name', '=', name)
      .execute();
  }
  const events = change.events.map((event, index) => ({
    ...event,
    message: toStorableText(event.message),
    run: run.name,
    sequence: run.lastSequence + 1 + index,
    time: change.now,
  }));
  run.lastSequence += events.length;
  if (events.length > 0) {
    const rows = events.map((event) => ({
      ...event,
      metrics: event.metrics ? toJsonText(event.metrics) : null,
    }));
    await trx.insertInto('events').values(rows).execute();
  }
  if (events.length > 0 || Object.keys(runPatch).length > 0) {
    const { error, ...rest } = runPatch;
    await trx
      .updateTable('runs')
      .set({
        ...rest,
        ...(error === undefined ? {} : { error: error && toJsonText(error) }),
        lastSequence: run.lastSequence,
      })
      .where('name', '=', run.name)
      .execute();
  }
  if (events.length > 0) await sql`select pg_notify(${channel}, ${run.name})`.execute(trx);
  return events;
}

function taskValues(patch: TaskPatch): object {
  const json = ['metrics', 'results', 'artifacts', 'error'] as const;
  const texts = json
    .filter((column) => patch[column] != null)
    .map((column) => [column, toJsonText(patch[column])]);
  return { ...patch, ...(Object.fromEntries(texts) as Record<string, string>) };
}

/** A task as the store's users see it. */
export function taskOf(row: TaskState): Task {
  return {
    name: row.name,
    stage: row.stage,
    kind: row.kind,
    state: row.state,
    dependsOn: row.dependsOn,
    gang: row.gang ?? undefined,
    placement: row.placement,
    step: row.step,
    stepCount: row.stepCount,
    attempt: row.attempt,
    fence: row.fence,
    worker: row.worker ?? undefined,
    leaseUntil: row.leaseUntil ?? undefined,
    notBefore: row.notBefore ?? undefined,
    metrics: row.metrics ?? undefined,
    results: row.results,
    artifacts: row.artifacts,
    error: row.error ?? undefined,
    startTime: row.startTime ?? undefined,
    endTime: row.endTime ?? undefined,
  };
}

/** A run as the store's users see it; `tasks` may be of other runs too. */
export function runOf(row: RunState & { recipe?: string }, tasks: readonly TaskState[]): Run {
  return {
    name: row.name,
    recipeName: row.recipeName,
    recipe: row.recipe ?? '',
    state: row.state,
    artifactRoot: row.artifactRoot,
    error: row.error ?? undefined,
    createTime: row.createTime,
    endTime: row.endTime ?? undefined,
    lastSequence: row.lastSequence,
    tasks: tasks.filter((task) => task.run === row.name).map(taskOf),
  };
}

/** An event as the store's users see it. */
export function eventOf(row: Omit<Selectable<EventTable>, 'run'>): RunEvent {
  const { sequence, time, kind, task, message, metrics, state } = row;
  return { sequence, time, kind, task, message, metrics: withNumbers(metrics) ?? undefined, state };
}
