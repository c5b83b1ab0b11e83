import { startWorker, type EngineInfo, type RunningWorker } from '@lyceum/engine';
import type { LyceumError } from '@lyceum/errors';
import type { LossApi } from './worker/loss-api.js';

export interface LossHostOptions {
  readonly backend: string;
  readonly threadCount: number;
  /** Packages of losses that it serves beside the built-in ones. */
  readonly lossPackages: readonly string[];
  readonly onExit: (error: LyceumError) => void;
}

/** The compute thread of the loss service, seen from the thread that answers. */
export class LossHost {
  private constructor(
    private readonly worker: RunningWorker<LossApi>,
    readonly engine: EngineInfo,
  ) {}

  static async start({ backend, threadCount, lossPackages, onExit }: LossHostOptions): Promise<LossHost> {
    const worker = await startWorker<LossApi>(new URL('./worker/losses.js', import.meta.url), {
      workerData: { backend, lossPackages, ...(threadCount > 0 ? { threads: threadCount } : {}) },
    });
    worker.ended.catch((error: LyceumError) => onExit(error));
    return new LossHost(worker, await worker.api.engine());
  }

  get api(): RunningWorker<LossApi>['api'] {
    return this.worker.api;
  }

  stop(): Promise<void> {
    return this.worker.terminate();
  }
}
