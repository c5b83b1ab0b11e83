// What a worker needs to serve, for one that computes nothing: it loads no TensorFlow.
export { emitEvent, serveWorker, workerInput, type WorkerApi } from './serve-worker.js';
export { transfer } from './transfer.js';
