import { LyceumError } from '@lyceum/errors';
import type { TaskContext } from './task-context.js';

/** Tries again while a service that was just started is not there yet. */
export async function patiently<T>(
  { patienceMs, signal }: Pick<TaskContext, 'patienceMs' | 'signal'>,
  action: () => Promise<T>,
): Promise<T> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      return await action();
    } catch (caught) {
      const error = LyceumError.from(caught);
      if (error.codeName !== 'UNAVAILABLE' || Date.now() > until || signal.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
