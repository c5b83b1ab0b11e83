import { LyceumError } from '@lyceum/errors';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import lockfile from 'proper-lockfile';

const staleMs = 20_000;
const waitMs = 15 * 60_000;
const pollMs = 500;

/**
 * Runs an action while no other process holds the lock `<path>.lock`; waits up to 15 minutes for it. The lock of a
 * process that died is taken over after 20 seconds.
 * @throws LyceumError TIMED_OUT
 */
export async function withLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const release = await lockfile
    .lock(path, {
      realpath: false,
      stale: staleMs,
      retries: { retries: waitMs / pollMs, factor: 1, minTimeout: pollMs, maxTimeout: pollMs },
      // Another process may take the lock from one that was suspended: results are renamed into place, so both end well.
      onCompromised: () => {},
    })
    .catch((error: unknown) => {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ELOCKED') throw LyceumError.from(error);
      const text = `${path}.lock: another process has held it for ${waitMs / 60_000} minutes; end that process, or remove it`;
      throw new LyceumError('TIMED_OUT', text, { cause: message });
    });
  try {
    return await action();
  } finally {
    await release().catch(() => {});
  }
}
