import { LyceumError } from '@lyceum/errors';
import { setTimeout as pause } from 'node:timers/promises';

export interface RetryOptions {
  readonly maxAttempts: number;
  /** When to give up, in milliseconds since 1970. */
  readonly deadlineAt: number;
  readonly signal?: AbortSignal | undefined;
}

/** Whether a call may simply be made again: the server was away or draining, or said when to come back. */
export function isRetryable(error: LyceumError): boolean {
  if (error.codeName === 'UNAVAILABLE') return true;
  return error.codeName === 'RESOURCE_EXHAUSTED' && error.retryAfterMs !== undefined;
}

/** Makes a call, again while it fails with an error that passes. Waits as the server asks, else 0.1 s to 2 s. */
export async function withRetries<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (caught) {
      const error = LyceumError.from(caught);
      const waitMs =
        (error.retryAfterMs ?? Math.min(2000, 100 * 2 ** (attempt - 1))) * (0.8 + 0.4 * Math.random());
      const inTime = Date.now() + waitMs < options.deadlineAt;
      if (
        !isRetryable(error) ||
        attempt >= options.maxAttempts ||
        !inTime ||
        options.signal?.aborted === true
      )
        throw error;
      // Aborted: the next attempt fails at once with CANCELLED.
      await pause(waitMs, undefined, { signal: options.signal ?? undefined }).catch(() => undefined);
    }
  }
}
