import { setTimeout as pause } from 'node:timers/promises';
import { sql, type Transaction } from 'kysely';
import type { LostTask, ReadyTask, TaskLease } from '../records.js';
import type { LeaseRequest } from '../run-store.js';
import { chooseTasks, readyTasks, type Choice, type LiveTask } from '../state/choose-task.js';
import type { RunChange, TaskState } from '../state/run-change.js';
import { loseTask, startTask } from '../state/task-transitions.js';
import { lockRun, saveChange, type Queries } from './run-rows.js';
import type { Schema } from './schema.js';
import type { Session } from './session.js';
import { seeWorker, takeFromWorker } from './worker-queries.js';

/** Key of the lock under which tasks are given out; any number that nothing else in the database uses. */
const leaseLock = 5_923_417;
const busyTries = 20;
const busyPauseMs = 25;

export async function leaseTask(
  session: Session,
  request: LeaseRequest,
  timeoutMs: number,
): Promise<TaskLease | undefined> {
  const { kind, ...registered } = await seeWorker(session, request.worker);
  await takeFromWorker(session, request.worker, `worker "${request.worker}" asks for another task`);
  const place = { ...registered, labels: { ...registered.labels, ...request.labels } };
  const choice = async (queries: Queries): Promise<Choice> => {
    const now = await session.now(queries);
    const idle = await idleWorkers(queries, kind, request.worker, new Date(now.getTime() - timeoutMs));
    return { tasks: await liveTasks(queries), now, place, kinds: request.kinds, idle };
  };
  for (let attempt = 0; attempt < busyTries; attempt += 1) {
    // Most questions are answered with "none": those take no lock.
    if (chooseTasks(await session.read(choice)).length === 0) return undefined;
    const lease = await session.write(async (trx) => {
      // One at a time, since a gang counts idle workers that another lease might take.
      await sql`select pg_advisory_xact_lock(${leaseLock})`.execute(trx);
      return startFirst(session, trx, async () => chooseTasks(await choice(trx)), request);
    });
    if (lease !== undefined) return lease;
    await pause(busyPauseMs);
  }
  return undefined;
}

/** Starts the first task whose run is not locked by somebody, who may be stuck; undefined when all are. */
async function startFirst(
  session: Session,
  trx: Transaction<Schema>,
  choose: () => Promise<LiveTask[]>,
  { worker, leaseMs }: LeaseRequest,
): Promise<TaskLease | undefined> {
  const busy = new Set<string>();
  for (const { run, task: name } of await choose()) {
    if (busy.has(run)) continue;
    const change = await lockRun(trx, run, () => session.now(trx), { skipLocked: true });
    busy.add(run);
    // Before the lock was had, the run may have changed: the choice must still hold.
    const holds = change && (await choose()).some((still) => still.run === run && still.task === name);
    if (!holds) continue;
    const task = change.task(name);
    startTask(change, task, worker, leaseMs);
    await saveChange(trx, change);
    return leaseOf(trx, change, task);
  }
  return undefined;
}

async function leaseOf(queries: Queries, { run, now }: RunChange, task: TaskState): Promise<TaskLease> {
  const { spec } = await queries
    .selectFrom('tasks')
    .select('spec')
    .where('run', '=', run.name)
    .where('name', '=', task.name)
    .executeTakeFirstOrThrow();
  return {
    run: run.name,
    task: task.name,
    stage: task.stage,
    kind: task.kind,
    fence: task.fence,
    attempt: task.attempt,
    spec,
    gang: task.gang ?? undefined,
    artifactRoot: run.artifactRoot,
    artifacts: task.artifacts,
    leaseUntil: task.leaseUntil ?? now,
  };
}

export async function listReadyTasks(session: Session): Promise<ReadyTask[]> {
  const ready = await session.read(async (db) => readyTasks(await liveTasks(db), await session.now(db)));
  return ready.map(({ run, task, stage, kind, gang, placement }) => ({
    run,
    task,
    stage,
    kind,
    gang,
    placement,
  }));
}

export async function expireLeases(session: Session): Promise<LostTask[]> {
  const late = await session.read(async (db) =>
    db
      .selectFrom('tasks')
      .select(['run', 'name'])
      .where('state', '=', 'RUNNING')
      .where('leaseUntil', '<', await session.now(db))
      .execute(),
  );
  const lost: LostTask[] = [];
  for (const { run, name } of late) {
    const worker = await session.changeRun(run, (change) => {
      const task = change.task(name);
      // It may have reported in between.
      if (task.state !== 'RUNNING' || task.leaseUntil === null || task.leaseUntil >= change.now)
        return undefined;
      const holder = task.worker ?? '';
      loseTask(change, task, `worker "${holder}" did not report in time`);
      return holder;
    });
    if (worker !== undefined) lost.push({ run, task: name, worker });
  }
  return lost;
}

async function liveTasks(queries: Queries): Promise<LiveTask[]> {
  const rows = await queries
    .selectFrom('tasks')
    .innerJoin('runs', 'runs.name', 'tasks.run')
    .where('runs.state', 'in', ['PENDING', 'RUNNING'])
    .select(['tasks.run', 'tasks.name as task', 'tasks.stage', 'tasks.kind', 'tasks.gang', 'tasks.placement'])
    .select(['tasks.state', 'tasks.dependsOn', 'tasks.notBefore'])
    .orderBy('runs.number')
    .orderBy('tasks.position')
    .execute();
  return rows.map((row) => ({ ...row, gang: row.gang ?? undefined }));
}

async function idleWorkers(queries: Queries, kind: string, except: string, seenSince: Date) {
  return queries
    .selectFrom('workers')
    .select(['device', 'memoryBytes', 'labels'])
    .where('kind', '=', kind)
    .where('name', '<>', except)
    .where('seenTime', '>=', seenSince)
    .where((build) =>
      build.not(
        build.exists(
          build
            .selectFrom('tasks')
            .select('tasks.name')
            .whereRef('tasks.worker', '=', 'workers.name')
            .where('tasks.state', '=', 'RUNNING'),
        ),
      ),
    )
    .execute();
}
