import {
  startWorker,
  type BackendChoice,
  type EngineInfo,
  type Remote,
  type RunningWorker,
} from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import type { BridgeCalls, ComputeApi } from './worker/compute-api.js';

export interface ComputeOptions {
  readonly backend: BackendChoice;
  /** 0: all cores. */
  readonly threadCount: number;
  /** Packages of losses that the thread loads. */
  readonly lossPackages: readonly string[];
  /** Called when the thread died by itself. */
  readonly onExit: (error: LyceumError) => void;
}

/** Who answers the calls that the compute thread makes in its steps. */
export type StepHandlers = {
  [K in keyof BridgeCalls]?: (request: BridgeCalls[K]['request']) => Promise<BridgeCalls[K]['response']>;
};

const methods = [
  'data.progress',
  'peer.exchange',
  'loss.open',
  'loss.step',
  'loss.snapshot',
  'loss.restore',
] as const;

/** The compute thread, seen from the thread that answers. */
export class Compute {
  /** Set by the task in work. */
  handlers: StepHandlers = {};

  private constructor(
    private readonly worker: RunningWorker<ComputeApi>,
    readonly engine: EngineInfo,
  ) {}

  static async start({ backend, threadCount, lossPackages, onExit }: ComputeOptions): Promise<Compute> {
    const handlers = (): StepHandlers => compute.handlers;
    const bridge = Object.fromEntries(
      methods.map((method) => [
        method,
        (request: never) => {
          const handler = handlers()[method];
          // Nobody has to listen.
          if (handler === undefined && method === 'data.progress') return {};
          if (handler === undefined) throw new LyceumError('INTERNAL', `nobody answers "${method}"`);
          return handler(request);
        },
      ]),
    );
    const worker = await startWorker<ComputeApi>(new URL('./worker/compute.js', import.meta.url), {
      workerData: { backend, lossPackages, ...(threadCount > 0 ? { threads: threadCount } : {}) },
      bridge,
    });
    worker.ended.catch((error: LyceumError) => onExit(error));
    const compute: Compute = new Compute(worker, await worker.api.engine());
    return compute;
  }

  get api(): Remote<ComputeApi> {
    return this.worker.api;
  }

  stop(): Promise<void> {
    return this.worker.terminate();
  }
}
