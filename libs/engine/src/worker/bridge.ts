import {
  MessageChannel,
  receiveMessageOnPort,
  type MessagePort,
  type Transferable,
} from 'node:worker_threads';
import { LyceumError, unknownName, type ErrorRecord } from '@lyceum/errors';
import type { BridgeEnd } from './messages.js';
import { transferListOf } from './transfer.js';

// A training step is one straight line of blocking calls, yet some of its parts live in other processes: a served
// loss, a peer's logits. The worker posts what it needs and sleeps on shared memory; the main thread, never blocked,
// does the network call, posts the answer and wakes it.

interface Request {
  readonly id: number;
  readonly method: string;
  readonly payload: unknown;
  readonly timeoutMs: number;
}

type Answer = { readonly id: number } & (
  { readonly value: unknown; readonly error?: undefined } | { readonly error: ErrorRecord }
);

/**
 * Answers one method of the bridge, on the main thread. `signal` fires when the worker has stopped waiting; mark what
 * the result may move with `transfer`.
 */
export type BridgeHandler = (payload: never, signal: AbortSignal) => unknown;
export type BridgeHandlers = Readonly<Record<string, BridgeHandler>>;

/** The main thread's end: runs the handlers. `startWorker` makes one for each worker. */
export class BridgeHost {
  /** What goes to the worker, `end.port` in the transfer list. */
  readonly end: BridgeEnd;
  private readonly port: MessagePort;
  private readonly answered: Int32Array;

  constructor(private readonly handlers: BridgeHandlers) {
    const channel = new MessageChannel();
    this.port = channel.port1;
    this.end = { port: channel.port2, answered: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) };
    this.answered = new Int32Array(this.end.answered);
    this.port.on('message', (request: Request) => void this.answer(request));
    this.port.unref();
  }

  close(): void {
    this.port.close();
  }

  private async answer({ id, method, payload, timeoutMs }: Request): Promise<void> {
    try {
      if (!Object.hasOwn(this.handlers, method))
        throw unknownName('bridge method', method, Object.keys(this.handlers));
      const value = await this.handlers[method](payload as never, AbortSignal.timeout(timeoutMs));
      this.post({ id, value }, transferListOf([value]));
    } catch (error) {
      this.post({ id, error: LyceumError.from(error).toRecord() }, []);
    }
  }

  private post(answer: Answer, list: Transferable[]): void {
    this.port.postMessage(answer, list);
    Atomics.add(this.answered, 0, 1);
    Atomics.notify(this.answered, 0);
  }
}

export interface BridgeCallOptions {
  /** How long to block; default 60 seconds. */
  readonly timeoutMs?: number;
}

/** The worker's end: calls that block this thread until the main thread has answered. */
export class Bridge {
  private readonly answered: Int32Array;
  private lastId = 0;

  constructor(private readonly end: BridgeEnd) {
    this.answered = new Int32Array(end.answered);
  }

  /**
   * Runs a handler on the main thread and waits. What of `payload` is marked by `transfer` moves.
   * @throws LyceumError the handler's own, or TIMED_OUT.
   */
  call<Result = unknown>(
    method: string,
    payload: unknown,
    { timeoutMs = 60_000 }: BridgeCallOptions = {},
  ): Result {
    this.lastId += 1;
    const request: Request = { id: this.lastId, method, payload, timeoutMs };
    this.end.port.postMessage(request, transferListOf([payload]));
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      // Read before looking at the port: an answer that comes in between changes the counter, and the wait returns.
      const seen = Atomics.load(this.answered, 0);
      const answer = this.takeAnswer(request.id);
      if (answer !== undefined) return resultOf<Result>(answer);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw timedOut(method, timeoutMs);
      Atomics.wait(this.answered, 0, seen, leftMs);
    }
  }

  /** The answer to this request; late answers to requests given up are dropped. */
  private takeAnswer(id: number): Answer | undefined {
    for (;;) {
      const received: { message: Answer } | undefined = receiveMessageOnPort(this.end.port);
      if (received === undefined || received.message.id === id) return received?.message;
    }
  }
}

function resultOf<Result>(answer: Answer): Result {
  if (answer.error !== undefined) throw LyceumError.fromRecord(answer.error);
  return answer.value as Result;
}

function timedOut(method: string, timeoutMs: number): LyceumError {
  return new LyceumError('TIMED_OUT', `bridge: "${method}" did not answer within ${timeoutMs} ms`, {
    metadata: { method, timeoutMs: String(timeoutMs) },
  });
}
