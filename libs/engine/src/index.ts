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
export { programDigest } from './machine/program-digest.js';
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
export { ownBuffers, transfer } from './worker/transfer.js';
export { stopGradient } from './ops/stop-gradient.js';
export { detach } from './ops/detach.js';
export { constantOf } from './ops/constant-of.js';
export { leadingEigenvectors } from './ops/leading-eigenvectors.js';
export { representatives, type Representatives, type RepresentativesOptions } from './ops/representatives.js';
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
export { nvidiaDevice } from './machine/nvidia-device.js';
export { cacheFolder } from './machine/cache-folder.js';
export {
  provisionEngine,
  type ProvisionOptions,
  type ProvisionResult,
} from './provision/provision-engine.js';
export type { OnProgress, ProvisionPhase, ProvisionProgress } from './provision/progress.js';
export { provisionPrinter, type ProvisionPrinter } from './provision/provision-printer.js';
export { runSmoke, type SmokeResult } from './smoke.js';
export { fusedBatchNorm, trainingBatchNorm, type MovingStatistics } from './ops/batch-norm.js';
export { inferenceBatchNorm } from './ops/inference-batch-norm.js';
export { conv2dExplicit, depthwiseConv2d } from './ops/conv2d.js';
export { convTranspose } from './ops/conv-transpose.js';
export { adaptiveAvgPool, avgPool, globalAvgPool, maxPool } from './ops/pooling.js';
export { resizeMap, type Interpolation } from './ops/resize-map.js';
export { relu } from './ops/relu.js';
export { logSoftmax } from './ops/log-softmax.js';
export { l2Normalize } from './ops/l2-normalize.js';
export { meanOfSquares } from './ops/mean-of-squares.js';
export { safeSqrt } from './ops/safe-sqrt.js';
export { smokeCheck, type SmokeOptions } from './provision/smoke-check.js';
export { fetchNode } from './provision/fetch-node.js';
export { engineReport, type DoctorCheck, type EngineReport } from './doctor/engine-report.js';
export { toEngine, toEngineMap, toHost } from './host-tensors.js';
