import { invalidField, LyceumError } from '@lyceum/errors';
import type { Insertable, Transaction } from 'kysely';
import { toJsonText, toStorableText } from '../json-text.js';
import type { Run, RunPage, RunPlan } from '../records.js';
import { checkPlan } from '../state/check-plan.js';
import { lockRun, runColumns, runOf, saveChange, selectTasks, type Queries } from './run-rows.js';
import type { Schema, TaskTable } from './schema.js';
import type { Session } from './session.js';

const defaultPageSize = 50;
const largestPageSize = 500;

export async function createRun(session: Session, plan: RunPlan): Promise<Run> {
  checkPlan(plan);
  await session.write(async (trx) => {
    const createTime = await session.now(trx);
    const { name, requestId, recipeName, artifactRoot } = plan;
    const recipe = toStorableText(plan.recipe);
    const made = await trx
      .insertInto('runs')
      .values({ name, requestId, recipeName, recipe, artifactRoot, state: 'PENDING', createTime })
      .onConflict((conflict) => conflict.doNothing())
      .returning('name')
      .executeTakeFirst();
    if (made === undefined) return;
    await trx.insertInto('tasks').values(taskRows(plan)).execute();
    await tellCreated(session, trx, plan);
  });
  const row = await session.read((db) =>
    db.selectFrom('runs').select('name').where('requestId', '=', plan.requestId).executeTakeFirst(),
  );
  if (row !== undefined) return getRun(session, row.name);
  throw new LyceumError(
    'ALREADY_EXISTS',
    `there is a run "${plan.name}" of another request; choose another name`,
    {
      metadata: { kind: 'run', name: plan.name },
    },
  );
}

async function tellCreated(session: Session, trx: Transaction<Schema>, plan: RunPlan): Promise<void> {
  const change = await lockRun(trx, plan.name, () => session.now(trx));
  if (change === undefined) return;
  const count = plan.tasks.length;
  change.event(
    'run.created',
    '',
    `created from recipe "${plan.recipeName}" with ${count} task${count === 1 ? '' : 's'}`,
  );
  await saveChange(trx, change);
}

function taskRows({ name: run, tasks }: RunPlan): Insertable<TaskTable>[] {
  return tasks.map((task, position) => ({
    run,
    position,
    name: task.name,
    stage: task.stage,
    kind: task.kind,
    dependsOn: toJsonText(task.dependsOn),
    gang: task.gang ?? null,
    placement: toJsonText(task.placement ?? {}),
    spec: toJsonText(task.spec),
    maxAttempts: task.maxAttempts ?? 3,
    backoffMs: task.backoffMs ?? 1000,
    state: 'PENDING',
    results: '{}',
    artifacts: '{}',
  }));
}

export async function getRun(session: Session, name: string): Promise<Run> {
  // Both in one snapshot: the run and its tasks change together.
  return session.read((db) =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (trx) => {
        const row = await trx.selectFrom('runs').selectAll().where('name', '=', name).executeTakeFirst();
        if (row === undefined) throw await session.unknownRun(trx, name);
        return runOf(row, await selectTasks(trx, [name]));
      }),
  );
}

export async function listRuns(session: Session, pageSize: number, pageToken: string): Promise<RunPage> {
  const limit = checkPageSize(pageSize);
  const before = pageToken === '' ? undefined : numberOf(pageToken);
  return session.read((db) =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (trx) => {
        const rows = await selectPage(trx, limit + 1, before);
        const page = rows.slice(0, limit);
        const tasks = await selectTasks(
          trx,
          page.map((row) => row.name),
        );
        const last = page[page.length - 1];
        const nextPageToken =
          rows.length > limit ? Buffer.from(`runs:${last.number}`).toString('base64url') : '';
        return { runs: page.map((row) => runOf(row, tasks)), nextPageToken };
      }),
  );
}

function selectPage(queries: Queries, limit: number, before: number | undefined) {
  const query = queries.selectFrom('runs').select(runColumns).orderBy('number', 'desc').limit(limit);
  return (before === undefined ? query : query.where('number', '<', before)).execute();
}

function checkPageSize(pageSize: number): number {
  if (!Number.isInteger(pageSize) || pageSize < 0) {
    throw invalidField('page_size', `must be a whole number from 0, found ${pageSize}`);
  }
  return pageSize === 0 ? defaultPageSize : Math.min(pageSize, largestPageSize);
}

function numberOf(pageToken: string): number {
  const match = /^runs:(\d{1,15})$/.exec(Buffer.from(pageToken, 'base64url').toString());
  if (match === null)
    throw invalidField('page_token', 'must be the next_page_token of an earlier answer, or empty');
  return Number(match[1]);
}
