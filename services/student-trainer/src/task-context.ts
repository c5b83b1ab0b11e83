import type { ArtifactFence, ArtifactStore } from '@lyceum/artifacts';
import type { Compute } from './compute.js';
import type { PeerHub } from './peer-hub.js';
import type { Progress } from './progress.js';

/** What a task is done with. */
export interface TaskContext {
  readonly run: string;
  readonly artifacts: ArtifactStore;
  /** The lease's number: who holds a later one shuts this worker out of the task's artifacts. */
  readonly fence: number;
  readonly compute: Compute;
  readonly hub: PeerHub;
  readonly progress: Progress;
  /** Address of a service of the run by name, `teacher:<name>`, `loss`, `peer:<name>`; empty while unknown. */
  readonly addressOf: (name: string) => string;
  readonly windowBatches: number;
  readonly patienceMs: number;
  /** Aborted when the task is to stop. */
  readonly signal: AbortSignal;
  readonly notice: (message: string) => void;
}

/** Guards everything that is written for a task. */
export function fenceOf({ run, fence }: Pick<TaskContext, 'run' | 'fence'>, task: string): ArtifactFence {
  return { scope: `${run}/${task}`, token: fence };
}

/** Where a loss that is not computed in the trainer is served. */
export function lossAddress({ addressOf }: Pick<TaskContext, 'addressOf'>, via: string): string {
  return via === 'loss-service' ? addressOf('loss') : via;
}

/** What a task ends with: numbers, and keys and digests of what it wrote. */
export interface TaskOutcome {
  readonly results: Record<string, number>;
  readonly artifacts: Record<string, string>;
}
