import { invalidFields, LyceumError } from '@lyceum/errors';
import type { Selectable } from 'kysely';
import { toJsonText } from '../json-text.js';
import type { LostTask, Worker, WorkerFacts } from '../records.js';
import { checkName } from '../state/check-plan.js';
import { loseTask } from '../state/task-transitions.js';
import type { WorkerTable } from './schema.js';
import type { Session } from './session.js';

export async function registerWorker(session: Session, facts: WorkerFacts): Promise<Worker> {
  const violations = checkName('worker.name', facts.name);
  if (violations.length > 0) throw invalidFields(violations);
  const { name, kind, address, device, memoryBytes, labels } = facts;
  const row = await session.write(async (trx) => {
    const now = await session.now(trx);
    const values = {
      kind,
      address,
      device,
      memoryBytes,
      labels: toJsonText(labels),
      registerTime: now,
      seenTime: now,
    };
    return trx
      .insertInto('workers')
      .values({ name, ...values })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
      .returningAll()
      .executeTakeFirstOrThrow();
  });
  await takeFromWorker(session, name, `worker "${name}" was started anew`);
  return { ...row, alive: true };
}

/** Notes that a worker was heard from. Errors: LEASE_LOST when it is not registered. */
export async function seeWorker(session: Session, name: string): Promise<Selectable<WorkerTable>> {
  const row = await session.write(async (trx) =>
    trx
      .updateTable('workers')
      .set({ seenTime: await session.now(trx) })
      .where('name', '=', name)
      .returningAll()
      .executeTakeFirst(),
  );
  if (row) return row;
  throw new LyceumError('LEASE_LOST', `worker "${name}" is not registered (any more); register it again`, {
    metadata: { worker: name },
  });
}

export async function removeWorker(session: Session, name: string, message?: string): Promise<LostTask[]> {
  await session.write((trx) => trx.deleteFrom('workers').where('name', '=', name).execute());
  return takeFromWorker(session, name, message ?? `worker "${name}" is gone`);
}

export async function listWorkers(session: Session, timeoutMs: number): Promise<Worker[]> {
  return session.read(async (db) => {
    const rows = await db.selectFrom('workers').selectAll().orderBy('registerTime').orderBy('name').execute();
    const now = await session.now(db);
    const holding = await db
      .selectFrom('tasks')
      .select('worker')
      .where('state', '=', 'RUNNING')
      .where('leaseUntil', '>=', now)
      .execute();
    const busy = new Set(holding.map((task) => task.worker));
    // A report counts as a sign of life: it renews the lease.
    return rows.map((row) => {
      const silentMs = now.getTime() - row.seenTime.getTime();
      return { ...row, alive: silentMs <= timeoutMs || busy.has(row.name) };
    });
  });
}

/** Gives back whatever a worker holds. */
export async function takeFromWorker(session: Session, worker: string, why: string): Promise<LostTask[]> {
  const held = await session.read((db) =>
    db
      .selectFrom('tasks')
      .select(['run', 'name', 'fence'])
      .where('worker', '=', worker)
      .where('state', '=', 'RUNNING')
      .execute(),
  );
  const lost: LostTask[] = [];
  for (const { run, name, fence } of held) {
    const taken = await session.changeRun(run, (change) => {
      const task = change.task(name);
      if (task.state !== 'RUNNING' || task.fence !== fence) return false;
      loseTask(change, task, why);
      return true;
    });
    if (taken) lost.push({ run, task: name, worker });
  }
  return lost;
}
