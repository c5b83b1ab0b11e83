import { SHARE_ENV, Worker } from 'node:worker_threads';
import { LyceumError } from '@lyceum/errors';
import { BridgeHost, type BridgeHandlers } from './bridge.js';
import type { CallMessage, WorkerBoot, WorkerMessage } from './messages.js';
import type { WorkerApi } from './serve-worker.js';
import { transferListOf } from './transfer.js';

/** A worker's API as the starting thread sees it: everything is a promise. */
export type Remote<Api extends WorkerApi<Api>> = {
  readonly [Name in keyof Api]: (...args: Parameters<Api[Name]>) => Promise<Awaited<ReturnType<Api[Name]>>>;
};

export interface StartWorkerOptions<Event = unknown> {
  /** What `workerInput()` gives inside; structured-cloneable, parts marked by `transfer` move. */
  readonly workerData?: unknown;
  /** For stack traces and error texts; default the file's name. */
  readonly name?: string;
  /** Added to the environment of the whole process, where native libraries read it; before the worker starts. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the worker may call and wait for, see `workerBridge`. */
  readonly bridge?: BridgeHandlers;
  /** Called for each `emitEvent` of the worker. */
  readonly onEvent?: (event: Event) => void;
}

export interface RunningWorker<Api extends WorkerApi<Api>> {
  readonly api: Remote<Api>;
  /** Settles when the thread has ended: resolved after `terminate`, else rejected with the reason. */
  readonly ended: Promise<void>;
  /** Ends the thread at once, a running step included; open calls fail with CANCELLED. */
  terminate(): Promise<void>;
}

/**
 * Starts a compute thread from a compiled module that calls `serveWorker`, and waits until it serves. Errors cross as
 * LyceumErrors; when the thread dies, every open call fails with what killed it.
 *
 * @example const worker = await startWorker<TrainerApi>(new URL('./trainer-worker.js', import.meta.url));
 * @throws LyceumError INTERNAL when the module fails to load or ends without serving.
 */
export async function startWorker<Api extends WorkerApi<Api>, Event = unknown>(
  url: URL,
  options: StartWorkerOptions<Event> = {},
): Promise<RunningWorker<Api>> {
  const client = new WorkerClient(url, options as StartWorkerOptions);
  await client.ready;
  return { api: client.api<Api>(), ended: client.ended, terminate: () => client.terminate() };
}

interface OpenCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: LyceumError) => void;
}

class WorkerClient {
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  private readonly name: string;
  private readonly bridge: BridgeHost;
  private readonly worker: Worker;
  private readonly calls = new Map<number, OpenCall>();
  private lastId = 0;
  private isTerminated = false;
  private failure: LyceumError | undefined;

  constructor(url: URL, options: StartWorkerOptions) {
    this.name = options.name ?? url.pathname.split('/').at(-1) ?? 'worker';
    this.bridge = new BridgeHost(options.bridge ?? {});
    Object.assign(process.env, options.env);
    const boot: WorkerBoot = { lyceumWorker: true, data: options.workerData, bridge: this.bridge.end };
    this.worker = new Worker(url, {
      name: this.name,
      env: SHARE_ENV,
      workerData: boot,
      transferList: [this.bridge.end.port, ...transferListOf([options.workerData])],
    });
    this.ended = this.watchEnd();
    this.ready = new Promise((resolve, reject) => {
      this.worker.on('exit', (code) => reject(this.failure ?? this.endError(code, undefined)));
      this.worker.on('message', (message: WorkerMessage) => this.receive(message, resolve, options.onEvent));
    });
  }

  api<Api extends WorkerApi<Api>>(): Remote<Api> {
    const call = (method: string, args: readonly unknown[]) => this.call(method, args);
    return new Proxy({} as Remote<Api>, {
      // `then` is asked for when the object itself is returned from an async function.
      get: (_, name) =>
        typeof name === 'string' && name !== 'then'
          ? (...args: readonly unknown[]) => call(name, args)
          : undefined,
    });
  }

  async terminate(): Promise<void> {
    this.isTerminated = true;
    await this.worker.terminate();
    await this.ended.catch(() => undefined);
  }

  private call(method: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure);
      this.lastId += 1;
      const message: CallMessage = { kind: 'call', id: this.lastId, method, args };
      this.worker.postMessage(message, transferListOf(args));
      this.calls.set(message.id, { resolve, reject });
    });
  }

  private receive(message: WorkerMessage, onReady: () => void, onEvent?: (event: unknown) => void): void {
    if (message.kind === 'ready') return onReady();
    if (message.kind === 'event') return onEvent?.(message.event);
    const call = this.calls.get(message.id);
    this.calls.delete(message.id);
    if (message.kind === 'result') call?.resolve(message.value);
    else call?.reject(LyceumError.fromRecord(message.error));
  }

  private watchEnd(): Promise<void> {
    let thrown: unknown;
    this.worker.on('error', (error) => (thrown = error));
    const ended = new Promise<void>((resolve, reject) => {
      this.worker.on('exit', (code) => {
        this.failure = this.endError(code, thrown);
        this.bridge.close();
        for (const call of this.calls.values()) call.reject(this.failure);
        this.calls.clear();
        if (this.isTerminated) resolve();
        else reject(this.failure);
      });
    });
    // Whoever cares waits for it; nobody has to.
    ended.catch(() => undefined);
    return ended;
  }

  private endError(code: number, thrown: unknown): LyceumError {
    if (this.isTerminated) return new LyceumError('CANCELLED', `worker ${this.name}: it was stopped`);
    const why =
      thrown === undefined ? `it ended by itself with code ${code}` : LyceumError.from(thrown).message;
    return new LyceumError('INTERNAL', `worker ${this.name}: ${why}`, { cause: thrown });
  }
}
