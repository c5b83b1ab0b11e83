import type { StepMetrics } from '@lyceum/contracts/trainer';
import type { ErrorRecord } from '@lyceum/errors';
import type {
  Leadership,
  LostTask,
  NewEvent,
  ReadyTask,
  Run,
  RunEvent,
  RunPage,
  RunPlan,
  TaskLease,
  Worker,
  WorkerFacts,
} from './records.js';

export interface LeaseRequest {
  readonly worker: string;
  /** Kinds of tasks the worker does; absent: all. */
  readonly kinds?: readonly string[];
  /** Labels on top of those it registered with. */
  readonly labels?: Readonly<Record<string, string>>;
  /** How long it may go without a report, in milliseconds. */
  readonly leaseMs: number;
}

/** Names a lease. */
export interface LeaseRef {
  readonly run: string;
  readonly task: string;
  readonly fence: number;
}

export interface TaskReport extends LeaseRef {
  readonly step: number;
  readonly stepCount: number;
  /** Numbers since the last report; each becomes an event. */
  readonly metrics?: readonly StepMetrics[];
  /** Something worth telling people; becomes an event. */
  readonly message?: string;
  readonly artifacts?: Readonly<Record<string, string>>;
  readonly leaseMs: number;
}

export interface TaskCompletion extends LeaseRef {
  readonly results?: Readonly<Record<string, number>>;
  readonly artifacts?: Readonly<Record<string, string>>;
  readonly message?: string;
  /** Set when it failed. */
  readonly error?: ErrorRecord;
  /** Whether the same task may succeed another time. @default by the error's reason, see `isRetryable` */
  readonly retryable?: boolean;
}

/**
 * The durable state of runs. Every change and the events that tell of it are one transaction: whoever sees one sees
 * the other, and what a call has answered survives the process.
 *
 * Times come from the database's clock (one clock, however many orchestrators), or from the clock given to `openStore`.
 * Methods that name a run throw UNKNOWN_NAME for one that does not exist; every method may throw UNREACHABLE.
 */
export interface RunStore {
  /** Where the state is; without a password. */
  readonly url: string;

  /** Errors: INVALID_FIELD (every fault of the plan), ALREADY_EXISTS (the name, by another request). */
  createRun(plan: RunPlan): Promise<Run>;
  getRun(name: string): Promise<Run>;
  /** Newest first; `pageSize` 0: 50, at most 500. Errors: INVALID_FIELD (token). */
  listRuns(pageSize?: number, pageToken?: string): Promise<RunPage>;
  /** Ends a run and its unfinished tasks; changes nothing in a run that has ended. */
  cancelRun(name: string, message?: string): Promise<Run>;
  /** Ends a run that can't go on, whatever its tasks do; changes nothing in a run that has ended. */
  failRun(name: string, error: ErrorRecord): Promise<Run>;
  /** Opens a failed or cancelled run again: finished tasks stay, the others wait for workers anew. */
  resumeRun(name: string): Promise<Run>;

  appendEvent(run: string, event: NewEvent): Promise<RunEvent>;
  /** Events with a higher sequence, in order. */
  eventsAfter(run: string, sequence: number, limit?: number): Promise<RunEvent[]>;
  /** Waits until there is an event after the sequence; false when there was none in time or the signal fired. */
  waitForEvent(run: string, after: number, timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  /** Waits until anything changed in any run; false when nothing did in time. */
  waitForChange(timeoutMs: number, signal?: AbortSignal): Promise<boolean>;

  /** Adds or renews a worker. Tasks that it held before are given back: it was started anew. */
  registerWorker(worker: WorkerFacts): Promise<Worker>;
  /** Errors: LEASE_LOST when it is not registered. */
  heartbeat(worker: string): Promise<void>;
  /** Forgets a worker and gives its tasks back at once. */
  removeWorker(worker: string, message?: string): Promise<LostTask[]>;
  listWorkers(): Promise<Worker[]>;

  /**
   * Gives the worker a task: the oldest run's first one that is pending, whose dependencies succeeded, whose pause is
   * over and that the worker fits; of a gang only when all its tasks can start, and then its other tasks before
   * anything else. A worker does one task at a time: what it held before is given back.
   * Errors: LEASE_LOST when the worker is not registered.
   */
  leaseTask(request: LeaseRequest): Promise<TaskLease | undefined>;
  /** What could start if there were workers. */
  readyTasks(): Promise<ReadyTask[]>;
  /**
   * Renews the lease. A lease that ran out still counts until somebody took the task away.
   * `cancel`: the run was ended, stop. Errors: LEASE_LOST.
   */
  reportTask(report: TaskReport): Promise<{ cancel: boolean }>;
  /** Ends the task; the same completion again changes nothing. Errors: LEASE_LOST. */
  completeTask(completion: TaskCompletion): Promise<void>;
  /** Gives a task back unfinished, for instance because the worker is told to stop. Errors: LEASE_LOST. */
  releaseTask(lease: LeaseRef & { readonly message?: string }): Promise<void>;
  /** Takes back the tasks whose lease has run out. */
  expireLeases(): Promise<LostTask[]>;

  /** Takes or keeps the lead for `ttlMs`, if nobody else has it. */
  tryLead(holder: string, ttlMs: number): Promise<Leadership>;
  /** Gives up the lead, so that another need not wait. */
  resign(holder: string): Promise<void>;

  close(): Promise<void>;
}
