import { ownBuffers, transfer } from '@lyceum/engine';
import type { TrainTask } from '@lyceum/recipes';
import type { StepTraces } from '@lyceum/telemetry';
import type { BatchNames } from './batch-names.js';
import { KeyStream } from './key-stream.js';
import type { TaskContext } from './task-context.js';
import type { RequestedKeys, StepKeys } from './worker/compute-api.js';

export interface KeyStreamsOptions {
  readonly task: Pick<TrainTask, 'data' | 'dataSeed' | 'losses' | 'teachers'>;
  readonly requested: RequestedKeys;
  readonly names: BatchNames;
  readonly firstStep: number;
  readonly stepCount: number;
  readonly traces?: StepTraces;
}

/** The keys of all teachers of a task, step by step. */
export class KeyStreams {
  private readonly streams: ReadonlyMap<string, KeyStream>;

  constructor(
    { task, requested, ...rest }: KeyStreamsOptions,
    { addressOf, windowBatches: window, patienceMs, signal, notice }: TaskContext,
  ) {
    const { dataDigest, sampleCount, keyRequests } = requested;
    const opened = task.teachers.map((teacher) => {
      const { name } = teacher;
      const requests = keyRequests.filter((request) => request.teacher === name);
      const address = () => addressOf(`teacher:${name}`);
      const ofData = { dataDigest, sampleCount, task };
      const patience = { window, patienceMs, signal, notice };
      return [name, new KeyStream({ teacher, requests, address, ...ofData, ...patience, ...rest })] as const;
    });
    this.streams = new Map(opened);
  }

  /** Steps must be asked for in order. What is handed on to another thread moves there, where that can be. */
  async keysOf(step: number): Promise<StepKeys> {
    const keys = [...this.streams].map(async ([name, stream]) => [name, await stream.keysOf(step)] as const);
    const byTeacher: StepKeys = Object.fromEntries(await Promise.all(keys));
    return transfer(byTeacher, ownBuffers(Object.values(byTeacher).flat()));
  }

  get receivedBytes(): number {
    return [...this.streams.values()].reduce((sum, stream) => sum + stream.receivedBytes, 0);
  }

  close(): void {
    for (const stream of this.streams.values()) stream.close();
  }
}
