import type { StepMetrics } from '@lyceum/contracts/trainer';
import type { ErrorRecord } from '@lyceum/errors';

/** State of a run or a task. */
export type State = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** What a worker must have to be given a task. */
export interface Placement {
  /** Device by name: `cpu` or `gpu`. */
  readonly device?: string;
  /** Least memory, in bytes. */
  readonly memoryBytes?: number;
  /** Labels, each with the value that the worker must carry. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A task as it is planned. */
export interface TaskPlan {
  /** Unique in the run; may contain slashes. */
  readonly name: string;
  readonly stage: string;
  readonly kind: string;
  /** Tasks of the run that must succeed first. */
  readonly dependsOn: readonly string[];
  /** What to do: plain data, handed to the worker as it is. */
  readonly spec: object;
  /** Tasks of one gang start only when all of them can. */
  readonly gang?: string;
  readonly placement?: Placement;
  /** How often it may fail before the run fails; a lost worker is no failure. @default 3 */
  readonly maxAttempts?: number;
  /** Pause after the first failure, in milliseconds; doubles with each, at most a minute. @default 1000 */
  readonly backoffMs?: number;
}

/** A run as it is planned. */
export interface RunPlan {
  readonly name: string;
  /** The same id again gives the run of the first call. */
  readonly requestId: string;
  readonly recipeName: string;
  /** The recipe's text. */
  readonly recipe: string;
  readonly artifactRoot: string;
  readonly tasks: readonly TaskPlan[];
}

export interface Task {
  readonly name: string;
  readonly stage: string;
  readonly kind: string;
  readonly state: State;
  readonly dependsOn: readonly string[];
  readonly gang: string | undefined;
  readonly placement: Placement;
  /** Steps done, and in all (0 while unknown). */
  readonly step: number;
  readonly stepCount: number;
  /** How often it was started. */
  readonly attempt: number;
  /** Rises with every lease; the newest one is the only one that may report. */
  readonly fence: number;
  /** Who holds it, or undefined. */
  readonly worker: string | undefined;
  readonly leaseUntil: Date | undefined;
  /** Not to be started before. */
  readonly notBefore: Date | undefined;
  readonly metrics: StepMetrics | undefined;
  readonly results: Readonly<Record<string, number>>;
  readonly artifacts: Readonly<Record<string, string>>;
  readonly error: ErrorRecord | undefined;
  readonly startTime: Date | undefined;
  readonly endTime: Date | undefined;
}

export interface Run {
  readonly name: string;
  readonly recipeName: string;
  /** The recipe's text; empty in lists. */
  readonly recipe: string;
  readonly state: State;
  readonly artifactRoot: string;
  readonly error: ErrorRecord | undefined;
  readonly createTime: Date;
  readonly endTime: Date | undefined;
  /** Sequence of the newest event. */
  readonly lastSequence: number;
  /** In planned order. */
  readonly tasks: readonly Task[];
}

export interface RunPage {
  readonly runs: readonly Run[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/** What the store itself writes: the others are the caller's. */
export type EventKind =
  | 'run.created'
  | 'run.resumed'
  | 'run.ended'
  | 'task.started'
  | 'task.metrics'
  | 'task.message'
  | 'task.succeeded'
  | 'task.failed'
  | 'task.retrying'
  | 'task.lost'
  | 'task.released'
  | 'task.cancelled';

export interface NewEvent {
  readonly kind: string;
  /** Task it is about; empty or absent for the run itself. */
  readonly task?: string;
  readonly message: string;
  readonly metrics?: StepMetrics;
}

export interface RunEvent {
  /** Rises by exactly 1 from 1 within the run. */
  readonly sequence: number;
  readonly time: Date;
  readonly kind: string;
  readonly task: string;
  readonly message: string;
  readonly metrics: StepMetrics | undefined;
  /** State of the run after the event. */
  readonly state: State;
}

export interface WorkerFacts {
  readonly name: string;
  /** `trainer`, `teacher` or `loss`. */
  readonly kind: string;
  readonly address: string;
  readonly device: string;
  readonly memoryBytes: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Worker extends WorkerFacts {
  readonly registerTime: Date;
  readonly seenTime: Date;
  /** Whether it was heard from within the worker timeout. */
  readonly alive: boolean;
}

/** The right to work on a task. */
export interface TaskLease {
  readonly run: string;
  readonly task: string;
  readonly stage: string;
  readonly kind: string;
  readonly fence: number;
  /** From 1. */
  readonly attempt: number;
  readonly spec: object;
  readonly gang: string | undefined;
  readonly artifactRoot: string;
  /** Artifacts that earlier attempts told of. */
  readonly artifacts: Readonly<Record<string, string>>;
  readonly leaseUntil: Date;
}

/** A task that only waits for a worker. */
export interface ReadyTask {
  readonly run: string;
  readonly task: string;
  readonly stage: string;
  readonly kind: string;
  readonly gang: string | undefined;
  readonly placement: Placement;
}

/** A task that was taken from its worker. */
export interface LostTask {
  readonly run: string;
  readonly task: string;
  readonly worker: string;
}

/** Who leads. */
export interface Leadership {
  /** Whether the asker leads. */
  readonly leading: boolean;
  readonly holder: string;
  /** Rises with every change of the leader. */
  readonly fence: number;
  readonly until: Date;
}
