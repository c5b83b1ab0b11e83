import type { MessagePort } from 'node:worker_threads';
import type { ErrorRecord } from '@lyceum/errors';

/** To the worker: run one method of its API. */
export interface CallMessage {
  readonly kind: 'call';
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** From the worker: it serves; a call ended; something happened; the worker failed as a whole. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: ErrorRecord }
  | { readonly kind: 'event'; readonly event: unknown };

/** What `startWorker` hands to the worker beside the caller's own data. */
export interface WorkerBoot {
  readonly lyceumWorker: true;
  readonly data: unknown;
  readonly bridge: BridgeEnd;
}

/** The worker's end of the synchronous bridge. */
export interface BridgeEnd {
  readonly port: MessagePort;
  /** One counter: how many answers were posted so far. */
  readonly answered: SharedArrayBuffer;
}
