import { afterAll, beforeAll, beforeEach, it } from 'vitest';
import type { Database } from '../database/database.js';
import { openDatabase } from '../database/open-database.js';
import { migrate } from '../open-store.js';
import { SqlRunStore } from '../sql-run-store.js';
import { harnessOf, type Harness } from './harness.js';
import { checkLeaseModel } from './lease-model.js';
import { describeLeases } from './lease-suite.js';
import { describeRuns } from './run-suite.js';
import { describeTasks } from './task-suite.js';
import { TestClock } from './test-clock.js';

/** What every kind of database must do. `openUrl` gives the URL of an empty one. */
export function describeStore(openUrl: () => Promise<string>): void {
  let database: Database;
  let harness: Harness;

  beforeAll(async () => {
    database = await openDatabase(await openUrl());
    await migrate(database);
    const clock = new TestClock();
    harness = harnessOf(await SqlRunStore.over(database, { clock: clock.now }), clock);
  });
  afterAll(() => harness.store.close());
  beforeEach(() => clear(database));

  describeRuns(() => harness);
  describeTasks(() => harness);
  describeLeases(() => harness);
  it('keeps the rules of leases through any sequence of calls', { timeout: 240_000 }, async () => {
    await checkLeaseModel(harness.store, harness.clock);
  });
}

async function clear({ db }: Database): Promise<void> {
  for (const table of ['runs', 'workers', 'leaders'] as const) await db.deleteFrom(table).execute();
}
