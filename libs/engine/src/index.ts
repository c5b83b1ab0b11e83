export { tf } from './tf.js';
export { startEngine, engineInfo } from './start-engine.js';
export {
  backendChoices,
  type Backend,
  type BackendChoice,
  type EngineInfo,
  type EngineOptions,
} from './engine-info.js';
export {
  nativeBackend,
  type NativeBackend,
  type NativeBinding,
  type RawAttribute,
} from './backends/native-backend.js';
export { processorCount } from './machine/processor-count.js';
export {
  startWorker,
  type Remote,
  type RunningWorker,
  type StartWorkerOptions,
} from './worker/start-worker.js';
export { emitEvent, serveWorker, workerBridge, workerInput, type WorkerApi } from './worker/serve-worker.js';
export {
  Bridge,
  BridgeHost,
  type BridgeCallOptions,
  type BridgeHandler,
  type BridgeHandlers,
} from './worker/bridge.js';
export { transfer } from './worker/transfer.js';
export { stopGradient } from './ops/stop-gradient.js';
export { createOptimizer } from './optimizer/create-optimizer.js';
export type {
  AdamOptions,
  NamedTensors,
  NamedVariables,
  Optimizer,
  OptimizerOptions,
  RmsPropOptions,
  SgdOptions,
} from './optimizer/optimizer.js';
