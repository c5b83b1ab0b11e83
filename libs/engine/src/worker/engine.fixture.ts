import type { EngineInfo, EngineOptions } from '../engine-info.js';
import { runSmoke, type SmokeResult } from '../smoke.js';
import { startEngine } from '../start-engine.js';
import { emitEvent, serveWorker, workerBridge } from './serve-worker.js';

/** A worker that computes, as a trainer's does. */
export interface EngineApi {
  start(options: EngineOptions): Promise<EngineInfo>;
  /** Trains again and again, asking the main thread after each run whether to go on. */
  train(): Promise<SmokeResult>;
}

let engine: EngineInfo | undefined;

serveWorker<EngineApi>({
  async start(options) {
    engine = await startEngine(options);
    return engine;
  },
  async train() {
    engine ??= await startEngine();
    for (;;) {
      const result = runSmoke(engine);
      emitEvent(result.hash);
      if (!workerBridge().call<boolean>('goOn', result.hash)) return result;
    }
  },
});
