import { LyceumError, type ErrorRecord } from '@lyceum/errors';
import type { RunStore } from '../run-store.js';
import type { TaskLease } from '../records.js';
import { workerOf } from './plans.js';
import type { TestClock } from './test-clock.js';

export const leaseMs = 10_000;
/** What a worker meets whose lease is worth nothing any more. */
export const lost = { reason: 'LEASE_LOST', codeName: 'ABORTED' };

/** An error as a worker reports it. */
export function error(reason: 'UNREACHABLE' | 'SHAPE_MISMATCH'): ErrorRecord {
  return new LyceumError(reason, `a ${reason} of the test`).toRecord();
}

/** An empty store with a clock of its own, and the calls that most tests make. */
export interface Harness {
  readonly store: RunStore;
  readonly clock: TestClock;
  readonly lease: (worker?: string, kinds?: string[]) => Promise<TaskLease | undefined>;
  /** A lease, or the test fails. */
  readonly take: (worker?: string) => Promise<TaskLease>;
  /** Registers workers. */
  readonly workers: (...names: string[]) => Promise<void>;
  readonly succeed: (lease: TaskLease) => Promise<void>;
  /** State of the run and of each of its tasks. */
  readonly states: (run: string) => Promise<Record<string, string>>;
  /** Kind and task of every event. */
  readonly kinds: (run: string) => Promise<string[]>;
}

export function harnessOf(store: RunStore, clock: TestClock): Harness {
  const lease: Harness['lease'] = (worker = 'w1', kinds) =>
    store.leaseTask({ worker, leaseMs, ...(kinds ? { kinds } : {}) });
  return {
    store,
    clock,
    lease,
    take: async (worker) => {
      const taken = await lease(worker);
      if (taken === undefined) throw new Error(`there is no task for ${worker}`);
      return taken;
    },
    workers: async (...names) => {
      for (const name of names) await store.registerWorker(workerOf(name));
    },
    succeed: ({ run, task, fence }) => store.completeTask({ run, task, fence }),
    states: async (run) => {
      const { state, tasks } = await store.getRun(run);
      return { run: state, ...Object.fromEntries(tasks.map((task) => [task.name, task.state])) };
    },
    kinds: async (run) =>
      (await store.eventsAfter(run, 0)).map(({ kind, task }) => (task ? `${kind} ${task}` : kind)),
  };
}
