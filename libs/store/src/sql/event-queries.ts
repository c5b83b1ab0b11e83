import type { NewEvent, RunEvent } from '../records.js';
import { eventOf } from './run-rows.js';
import type { Session } from './session.js';

export async function appendEvent(session: Session, run: string, event: NewEvent): Promise<RunEvent> {
  const { kind, task = '', message, metrics } = event;
  const noTask = '';
  const { events } = await session.changeRunWithEvents(
    run,
    (change) => change.tell({ kind, task, message, metrics }),
    noTask,
  );
  return eventOf({ ...events[0], metrics: events[0].metrics ?? null });
}

export async function eventsAfter(
  session: Session,
  run: string,
  sequence: number,
  limit: number,
): Promise<RunEvent[]> {
  return session.read(async (db) => {
    const rows = await db
      .selectFrom('events')
      .select(['sequence', 'time', 'kind', 'task', 'message', 'metrics', 'state'])
      .where('run', '=', run)
      .where('sequence', '>', sequence)
      .orderBy('sequence')
      .limit(limit)
      .execute();
    if (rows.length === 0) await lastSequence(session, run);
    return rows.map(eventOf);
  });
}

/** The sequence of a run's newest event. Errors: UNKNOWN_NAME. */
export async function lastSequence(session: Session, run: string): Promise<number> {
  return session.read(async (db) => {
    const row = await db.selectFrom('runs').select('lastSequence').where('name', '=', run).executeTakeFirst();
    if (row === undefined) throw await session.unknownRun(db, run);
    return row.lastSequence;
  });
}
