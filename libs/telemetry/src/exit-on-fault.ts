import { LyceumError } from '@lyceum/errors';
import type { Logger } from './logger.js';

/**
 * Ends the process with exit code 1 when something is thrown that nobody catches, as while it starts: one line says
 * what is wrong. Only a fault of our own is shown with its stack.
 */
export function exitOnFault(logger: Logger): void {
  process.once('uncaughtException', (thrown: unknown) => {
    const error = LyceumError.from(thrown);
    const fault = error.reason === 'INTERNAL' ? { error: thrown } : {};
    logger.fatal({ reason: error.reason, ...fault }, error.message);
    process.exit(1);
  });
}
