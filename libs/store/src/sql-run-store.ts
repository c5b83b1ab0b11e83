import type { ErrorRecord } from '@lyceum/errors';
import type { Database } from './database/database.js';
import type {
  Leadership,
  LostTask,
  NewEvent,
  ReadyTask,
  Run,
  RunEvent,
  RunPage,
  RunPlan,
} from './records.js';
import type { TaskLease, Worker, WorkerFacts } from './records.js';
import { Notifications } from './notifications.js';
import type { LeaseRef, LeaseRequest, RunStore, TaskCompletion, TaskReport } from './run-store.js';
import { appendEvent, eventsAfter, lastSequence } from './sql/event-queries.js';
import { resign, tryLead } from './sql/leader-queries.js';
import { expireLeases, leaseTask, listReadyTasks } from './sql/lease-queries.js';
import { createRun, getRun, listRuns } from './sql/run-queries.js';
import { Session } from './sql/session.js';
import { listWorkers, registerWorker, removeWorker, seeWorker } from './sql/worker-queries.js';
import { cancelRun, failWholeRun, resumeRun } from './state/run-transitions.js';
import { completeTask, releaseTask, reportTask } from './state/task-transitions.js';

/** Should a notification be lost with a connection, waiters find out by looking after this time. */
const lookAgainMs = 2000;
const anyRun = '';

export interface StoreOptions {
  /** Replaces the database's clock, for tests. */
  readonly clock?: () => Date;
  /** How long a worker may be silent before it no longer counts as idle, in milliseconds. @default 30000 */
  readonly workerTimeoutMs?: number;
}

/** The state of runs in SQL. */
export class SqlRunStore implements RunStore {
  private readonly session: Session;
  private readonly notifications = new Notifications();
  private readonly workerTimeoutMs: number;

  private constructor(
    private readonly database: Database,
    options: StoreOptions,
  ) {
    this.session = new Session(database, options.clock);
    this.workerTimeoutMs = options.workerTimeoutMs ?? 30_000;
  }

  /** Takes over an open database whose schema is up to date. */
  static async over(database: Database, options: StoreOptions = {}): Promise<SqlRunStore> {
    const store = new SqlRunStore(database, options);
    await database.listen((run) => {
      if (run === undefined) store.notifications.wakeAll();
      else {
        store.notifications.wake(run);
        store.notifications.wake(anyRun);
      }
    });
    return store;
  }

  get url(): string {
    return this.database.url;
  }

  createRun(plan: RunPlan): Promise<Run> {
    return createRun(this.session, plan);
  }

  getRun(name: string): Promise<Run> {
    return getRun(this.session, name);
  }

  listRuns(pageSize = 0, pageToken = ''): Promise<RunPage> {
    return listRuns(this.session, pageSize, pageToken);
  }

  async cancelRun(name: string, message = 'cancelled'): Promise<Run> {
    await this.session.changeRun(name, (change) => cancelRun(change, message));
    return this.getRun(name);
  }

  async failRun(name: string, error: ErrorRecord): Promise<Run> {
    await this.session.changeRun(name, (change) => failWholeRun(change, error));
    return this.getRun(name);
  }

  async resumeRun(name: string): Promise<Run> {
    await this.session.changeRun(name, resumeRun);
    return this.getRun(name);
  }

  appendEvent(run: string, event: NewEvent): Promise<RunEvent> {
    return appendEvent(this.session, run, event);
  }

  eventsAfter(run: string, sequence: number, limit = 1000): Promise<RunEvent[]> {
    return eventsAfter(this.session, run, sequence, limit);
  }

  async waitForEvent(run: string, after: number, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const leftMs = Math.max(0, until - performance.now());
      // Waiting begins before looking: what happens in between wakes too.
      const wait = this.notifications.wait(run, Math.min(leftMs, lookAgainMs), signal);
      try {
        if ((await lastSequence(this.session, run)) > after) return true;
        if (signal?.aborted || leftMs === 0) return false;
        await wait.woken;
      } finally {
        wait.stop();
      }
    }
  }

  waitForChange(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    return this.notifications.wait(anyRun, timeoutMs, signal).woken;
  }

  registerWorker(worker: WorkerFacts): Promise<Worker> {
    return registerWorker(this.session, worker);
  }

  async heartbeat(worker: string): Promise<void> {
    await seeWorker(this.session, worker);
  }

  removeWorker(worker: string, message?: string): Promise<LostTask[]> {
    return removeWorker(this.session, worker, message);
  }

  listWorkers(): Promise<Worker[]> {
    return listWorkers(this.session, this.workerTimeoutMs);
  }

  leaseTask(request: LeaseRequest): Promise<TaskLease | undefined> {
    return leaseTask(this.session, request, this.workerTimeoutMs);
  }

  readyTasks(): Promise<ReadyTask[]> {
    return listReadyTasks(this.session);
  }

  async reportTask(report: TaskReport): Promise<{ cancel: boolean }> {
    return {
      cancel: await this.session.changeRun(report.run, (change) => reportTask(change, report), report.task),
    };
  }

  completeTask(completion: TaskCompletion): Promise<void> {
    return this.session.changeRun(completion.run, (change) => completeTask(change, completion));
  }

  releaseTask(lease: LeaseRef & { readonly message?: string }): Promise<void> {
    return this.session.changeRun(lease.run, (change) => releaseTask(change, lease));
  }

  expireLeases(): Promise<LostTask[]> {
    return expireLeases(this.session);
  }

  tryLead(holder: string, ttlMs: number): Promise<Leadership> {
    return tryLead(this.session, holder, ttlMs);
  }

  resign(holder: string): Promise<void> {
    return resign(this.session, holder);
  }

  async close(): Promise<void> {
    this.notifications.wakeAll();
    await this.database.close();
  }
}
