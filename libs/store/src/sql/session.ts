import { setTimeout as pause } from 'node:timers/promises';
import { LyceumError, unknownName } from '@lyceum/errors';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Database } from '../database/database.js';
import type { RunEvent } from '../records.js';
import type { RunChange } from '../state/run-change.js';
import { mayTryAgain, storeError } from '../store-error.js';
import { lockRun, saveChange, type Queries } from './run-rows.js';
import type { Schema } from './schema.js';

const tries = 4;
const firstPauseMs = 50;

/** The open database with its clock: how every part of the store reads and changes it. */
export class Session {
  constructor(
    private readonly database: Database,
    private readonly clock: (() => Date) | undefined,
  ) {}

  /** The injected clock's time, or the database's. */
  async now(queries: Queries = this.database.db): Promise<Date> {
    if (this.clock) return this.clock();
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(queries);
    return rows[0].now;
  }

  /** Reads; done again when the connection broke. */
  read<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    return this.again(() => work(this.database.db));
  }

  /**
   * Changes in one transaction; done again when it was undone or its connection broke. Should the connection break
   * just while it commits, the work may be done twice: every caller's work is such that this does no harm.
   */
  write<T>(work: (trx: Transaction<Schema>) => Promise<T>): Promise<T> {
    return this.again(() => this.database.db.transaction().execute(work));
  }

  /** Changes one run under its lock. Errors: UNKNOWN_NAME, and those of the transition. */
  async changeRun<T>(name: string, transition: (change: RunChange) => T, onlyTask?: string): Promise<T> {
    return (await this.changeRunWithEvents(name, transition, onlyTask)).result;
  }

  async changeRunWithEvents<T>(
    name: string,
    transition: (change: RunChange) => T,
    onlyTask?: string,
  ): Promise<{ result: T; events: RunEvent[] }> {
    return this.write(async (trx) => {
      const change = await lockRun(
        trx,
        name,
        () => this.now(trx),
        onlyTask === undefined ? {} : { onlyTask },
      );
      if (change === undefined) throw await this.unknownRun(trx, name);
      const result = transition(change);
      return { result, events: await saveChange(trx, change) };
    });
  }

  async unknownRun(queries: Queries, name: string): Promise<LyceumError> {
    const rows = await queries
      .selectFrom('runs')
      .select('name')
      .orderBy('number', 'desc')
      .limit(100)
      .execute();
    return unknownName(
      'run',
      name,
      rows.map((row) => row.name),
      'name',
    );
  }

  private async again<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (cause) {
        const error = storeError(cause);
        if (attempt === tries || cause instanceof LyceumError || !mayTryAgain(error)) throw error;
        await pause(firstPauseMs * 2 ** attempt);
      }
    }
  }
}
