import type { StepMetrics } from '@lyceum/contracts/trainer';
import type { ErrorRecord } from '@lyceum/errors';
import type { ColumnType, Generated } from 'kysely';
import type { Placement, State } from '../records.js';

/** A JSON column: written as text by `toJsonText`, read as data. */
type Json<T> = ColumnType<T, string, string>;
type OptionalJson<T> = ColumnType<T | null, string | null | undefined, string | null>;
type WithDefault<T> = ColumnType<T, T | undefined, T>;
type Optional<T> = ColumnType<T | null, T | null | undefined, T | null>;

export interface RunTable {
  /** Order of creation. */
  number: Generated<number>;
  name: string;
  requestId: string;
  recipeName: string;
  recipe: string;
  artifactRoot: string;
  state: State;
  error: OptionalJson<ErrorRecord>;
  createTime: Date;
  endTime: Optional<Date>;
  lastSequence: WithDefault<number>;
}

export interface TaskTable {
  run: string;
  name: string;
  /** Place in the plan. */
  position: number;
  stage: string;
  kind: string;
  dependsOn: Json<string[]>;
  gang: Optional<string>;
  placement: Json<Placement>;
  spec: Json<object>;
  maxAttempts: number;
  backoffMs: number;
  state: State;
  attempt: WithDefault<number>;
  fence: WithDefault<number>;
  worker: Optional<string>;
  leaseUntil: Optional<Date>;
  notBefore: Optional<Date>;
  /** Failures since the run was last opened. */
  failures: WithDefault<number>;
  /** Workers lost in a row without a step done. */
  losses: WithDefault<number>;
  /** Step at which the lease began. */
  leaseStep: WithDefault<number>;
  /** Fence of the lease that ended with a completion; a repeated one is answered, not done again. */
  endedFence: WithDefault<number>;
  step: WithDefault<number>;
  stepCount: WithDefault<number>;
  metrics: OptionalJson<StepMetrics>;
  results: Json<Record<string, number>>;
  artifacts: Json<Record<string, string>>;
  error: OptionalJson<ErrorRecord>;
  startTime: Optional<Date>;
  endTime: Optional<Date>;
}

export interface EventTable {
  run: string;
  sequence: number;
  time: Date;
  kind: string;
  task: string;
  message: string;
  metrics: OptionalJson<StepMetrics>;
  state: State;
}

export interface WorkerTable {
  name: string;
  kind: string;
  address: string;
  device: string;
  memoryBytes: number;
  labels: Json<Record<string, string>>;
  registerTime: Date;
  seenTime: Date;
}

export interface LeaderTable {
  name: string;
  holder: string;
  fence: number;
  until: Date;
}

export interface Schema {
  runs: RunTable;
  tasks: TaskTable;
  events: EventTable;
  workers: WorkerTable;
  leaders: LeaderTable;
}
