import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type RunStore, type TaskLease } from './index.js';
import { planOf, workerOf } from './suite/plans.js';
import { describeStore } from './suite/store-suite.js';
import { startPostgres, type PostgresServer } from './testing/index.js';

// At the top, so that a machine without PostgreSQL shows skipped tests and not none.
const server = await startPostgres();
let databases = 0;
const leaseMs = 60_000;

describe.skipIf(server === undefined)('state in PostgreSQL', () => {
  const running = server as PostgresServer;
  const newDatabase = (): Promise<string> => running.createDatabase(`lyceum-${(databases += 1)}`);
  afterAll(() => running.stop());

  describeStore(newDatabase);

  describe('shared by several orchestrators', () => {
    let url: string;
    let stores: RunStore[];

    beforeAll(async () => {
      url = await newDatabase();
      // All at once: the migrations must not get into each other's way.
      stores = await Promise.all([1, 2, 3, 4].map(() => openStore(url)));
    });
    afterAll(() => Promise.all(stores.map((store) => store.close())));

    /** Every store leases for workers of its own until there is nothing more. */
    async function leaseAll(prefix: string, workersEach: number): Promise<TaskLease[]> {
      const all = stores.flatMap((store, index) =>
        Array.from({ length: workersEach }, async (_, number) => {
          const worker = `${prefix}-${index}-${number}`;
          await store.registerWorker(workerOf(worker));
          const lease = await store.leaseTask({ worker, leaseMs });
          return lease ? [lease] : [];
        }),
      );
      return (await Promise.all(all)).flat();
    }

    /** Locks a run as an orchestrator does that is stopped in the middle of a change. */
    async function holdRun(name: string): Promise<() => Promise<void>> {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('begin');
      await client.query('select 1 from runs where name = $1 for update', [name]);
      return () => client.end();
    }

    /** Returns once so many transactions wait for a lock. */
    async function untilWaiting(count: number): Promise<void> {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      while ((await client.query(waiting)).rows.length < count) await pause(10);
      await client.end();
    }

    it('gives every task to exactly one of many workers that ask at once', async () => {
      const tasks = Array.from({ length: 12 }, (_, index) => ({ name: `t${index}` }));
      await stores[0].createRun(planOf('many/1', tasks));
      await stores[1].createRun(planOf('many/2', tasks));
      const leases = await leaseAll('w', 7);
      const names = leases.map(({ run, task }) => `${run} ${task}`);
      expect(new Set(names).size).toBe(24);
      expect(names).toHaveLength(24);
      expect(leases.every((lease) => lease.fence === 1)).toBe(true);
      // All end at once; the run ends once.
      await Promise.all(leases.map((lease, index) => stores[index % 4].completeTask(lease)));
      for (const run of ['many/1', 'many/2']) {
        const events = await stores[3].eventsAfter(run, 0);
        expect(events.map((event) => event.sequence)).toEqual(events.map((_, index) => index + 1));
        expect(events.filter((event) => event.kind === 'run.ended')).toHaveLength(1);
        expect((await stores[2].getRun(run)).state).toBe('SUCCEEDED');
      }
    });

    it('never starts half a gang, however many ask at once', async () => {
      const pair = (name: string) => ['a', 'b'].map((peer) => ({ name: `${name}/${peer}`, gang: name }));
      await stores[0].createRun(planOf('gangs', [...pair('x'), ...pair('y'), ...pair('z')]));
      for (const { name } of await stores[0].listWorkers()) await stores[0].removeWorker(name);
      // Five workers: two gangs and one worker over.
      const names = ['g1', 'g2', 'g3', 'g4', 'g5'];
      for (const name of names) await stores[0].registerWorker(workerOf(name));
      const leases = await Promise.all(
        names.map((worker, index) => stores[index % 4].leaseTask({ worker, leaseMs })),
      );
      const gangs = leases.flatMap((lease) => lease?.gang ?? []).sort();
      expect(gangs).toHaveLength(4);
      expect(gangs[0]).toBe(gangs[1]);
      expect(gangs[2]).toBe(gangs[3]);
      await stores[0].cancelRun('gangs');
    });

    it('leaves a run that somebody holds locked, and gives out the tasks of others', async () => {
      await stores[0].createRun(planOf('stuck'));
      await stores[0].createRun(planOf('free'));
      const unlock = await holdRun('stuck');
      await stores[0].registerWorker(workerOf('s1'));
      await stores[1].registerWorker(workerOf('s2'));
      expect(await stores[0].leaseTask({ worker: 's1', leaseMs })).toMatchObject({ run: 'free' });
      expect(await stores[1].leaseTask({ worker: 's2', leaseMs })).toBeUndefined();
      await unlock();
      expect(await stores[1].leaseTask({ worker: 's2', leaseMs })).toMatchObject({ run: 'stuck' });
    });

    it('keeps a late lease that is renewed just before it is taken back', async () => {
      await stores[0].createRun(planOf('late'));
      await stores[0].registerWorker(workerOf('l1'));
      const lease = await stores[0].leaseTask({ worker: 'l1', leaseMs: 1 });
      const unlock = await holdRun('late');
      const report = stores[1].reportTask({
        run: 'late',
        task: 'teacher',
        fence: 1,
        step: 1,
        stepCount: 2,
        leaseMs,
      });
      await untilWaiting(1);
      const expired = stores[2].expireLeases();
      await untilWaiting(2);
      await unlock();
      expect(await report).toEqual({ cancel: false });
      expect(await expired).toEqual([]);
      expect((await stores[0].getRun('late')).tasks[0]).toMatchObject({
        state: 'RUNNING',
        fence: lease?.fence,
      });
    });

    it('tells one orchestrator of what another has written', async () => {
      await stores[0].createRun(planOf('heard'));
      const heard = stores[1].waitForEvent('heard', 1, 60_000);
      const change = stores[2].waitForChange(60_000);
      await stores[0].appendEvent('heard', { kind: 'note', message: 'hello' });
      expect(await heard).toBe(true);
      expect(await change).toBe(true);
    });

    it('goes on, without losing anything it answered, while its connections are cut', async () => {
      await stores[0].createRun(planOf('cut'));
      const name = /\/([^/?]+)\?/.exec(url)?.[1] ?? '';
      let cut = 0;
      for (let number = 1; number <= 12; number += 1) {
        const writes = stores.map((store, index) =>
          store.appendEvent('cut', { kind: 'note', message: `${number} by ${index}` }),
        );
        if (number % 3 === 0) cut += await running.dropConnections(name);
        await Promise.all(writes);
      }
      expect(cut).toBeGreaterThan(0);
      const events = await stores[3].eventsAfter('cut', 0);
      expect(events.map((event) => event.sequence)).toEqual(events.map((_, index) => index + 1));
      const told = new Set(events.map((event) => event.message));
      for (let number = 1; number <= 12; number += 1) {
        for (const index of stores.keys()) expect(told).toContain(`${number} by ${index}`);
      }
      const heard = stores[1].waitForEvent('cut', events.length, 60_000);
      await stores[0].appendEvent('cut', { kind: 'note', message: 'heard again' });
      expect(await heard).toBe(true);
    });

    it('lets one orchestrator lead by the clock of the database', async () => {
      const [first, second] = stores;
      expect(await first.tryLead('one', 60_000)).toMatchObject({ leading: true });
      expect(await second.tryLead('two', 60_000)).toMatchObject({ leading: false, holder: 'one' });
      await first.resign('one');
      expect(await second.tryLead('two', 60_000)).toMatchObject({ leading: true });
    });
  });

  it('says so when the server, the database or the version is not there', async () => {
    const url = await newDatabase();
    await expect(openStore(url.replace('lyceum-', 'other-'))).rejects.toMatchObject({
      reason: 'UNKNOWN_NAME',
    });
    const away = openStore('postgres://lyceum:secret@/x?host=/nowhere');
    await expect(away).rejects.toMatchObject({ reason: 'UNREACHABLE' });
    await expect(away).rejects.not.toThrow('secret');
    const store = await openStore(url.replace('lyceum@', 'lyceum:secret@'));
    expect(store.url).not.toContain('secret');
    await store.close();
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`insert into kysely_migration values ('9999-of-the-future', '2030-01-01')`);
    await client.end();
    await expect(openStore(url)).rejects.toMatchObject({ reason: 'WRONG_STATE' });
    await expect(openStore(url)).rejects.toThrow('was written by another version of Lyceum');
  });
});
