import { isMainThread, parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { LyceumError, unknownName } from '@lyceum/errors';
import { Bridge } from './bridge.js';
import type { CallMessage, WorkerBoot, WorkerMessage } from './messages.js';
import { transferListOf } from './transfer.js';

/** Methods that a worker serves: plain or async functions of structured-cloneable values. */
export type WorkerApi<Api> = { readonly [Name in keyof Api]: (...args: never[]) => unknown };

/**
 * Serves an API to the thread that started this worker, one call after another in the order they came: a step never
 * runs into the next one. Call it once, when the module is loaded; mark what a result may move with `transfer`.
 * @throws LyceumError WRONG_STATE outside a worker that `startWorker` started.
 */
export function serveWorker<Api extends WorkerApi<Api>>(api: Api): void {
  const port = ownPort();
  let queue: Promise<void> = Promise.resolve();
  port.on('message', (message: CallMessage) => {
    queue = queue.then(() => answer(port, api, message));
  });
  post(port, { kind: 'ready' });
}

/** The data that the starting thread gave this worker. */
export function workerInput<Data>(): Data {
  return boot().data as Data;
}

/** Tells the starting thread that something happened; it gets it in `onEvent`, in order with the results (not with bridge calls). */
export function emitEvent(event: unknown): void {
  post(ownPort(), { kind: 'event', event }, [event]);
}

let bridge: Bridge | undefined;

/** The synchronous way to the starting thread's bridge handlers. */
export function workerBridge(): Bridge {
  bridge ??= new Bridge(boot().bridge);
  return bridge;
}

async function answer<Api>(port: MessagePort, api: Api, { id, method, args }: CallMessage): Promise<void> {
  try {
    const methods = api as Record<string, (...args: readonly unknown[]) => unknown>;
    if (!Object.hasOwn(methods, method)) throw unknownName('worker method', method, Object.keys(methods));
    const value = await methods[method](...args);
    post(port, { kind: 'result', id, value }, [value]);
  } catch (error) {
    post(port, { kind: 'error', id, error: LyceumError.from(error).toRecord() });
  }
}

function post(port: MessagePort, message: WorkerMessage, movable: readonly unknown[] = []): void {
  port.postMessage(message, transferListOf(movable));
}

function ownPort(): MessagePort {
  if (parentPort === null) throw notInWorker();
  return parentPort;
}

function boot(): WorkerBoot {
  const given = workerData as WorkerBoot | null;
  if (isMainThread || given?.lyceumWorker !== true) throw notInWorker();
  return given;
}

function notInWorker(): LyceumError {
  return new LyceumError('WRONG_STATE', 'worker: this runs only in a thread that startWorker started');
}
