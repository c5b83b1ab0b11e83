import { HealthCheckResponse_ServingStatus as ServingStatus, HealthService } from '@lyceum/contracts/health';
import { LyceumError } from '@lyceum/errors';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from './connect.js';

export interface WaitOptions {
  readonly deadlineMs: number;
  /** Service to ask about. @default the whole server */
  readonly service?: string;
  readonly signal?: AbortSignal;
}

/**
 * Waits until a server says that it is serving.
 *
 * @throws LyceumError NOT_READY or UNREACHABLE with what was last heard, when the deadline passes; CANCELLED.
 * @example await waitForReady('unix:/tmp/teacher.sock', { deadlineMs: 20_000 });
 */
export async function waitForReady(
  address: string,
  { deadlineMs, service = '', signal }: WaitOptions,
): Promise<void> {
  const health = connect(address, HealthService, { maxAttempts: 1 });
  const until = Date.now() + deadlineMs;
  try {
    for (let attempt = 1; ; attempt += 1) {
      const problem = await check(health, service, Math.max(1, until - Date.now()), signal);
      if (problem === undefined) return;
      if (signal?.aborted === true)
        throw new LyceumError('CANCELLED', 'the wait was cancelled', { cause: problem });
      const waitMs = Math.min(200, 10 * 2 ** attempt);
      if (Date.now() + waitMs >= until) {
        throw new LyceumError(
          problem.reason,
          `${address} was not ready within ${deadlineMs / 1000} s: ${problem.message}`,
          { cause: problem },
        );
      }
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    health.close();
  }
}

async function check(
  health: ReturnType<typeof connect<typeof HealthService>>,
  service: string,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<LyceumError | undefined> {
  try {
    const { status } = await health.call(
      'check',
      { service },
      { deadlineMs, ...(signal === undefined ? {} : { signal }) },
    );
    return status === ServingStatus.SERVING
      ? undefined
      : new LyceumError('NOT_READY', 'it answers, but is not serving yet');
  } catch (error) {
    return LyceumError.from(error);
  }
}
