import { LyceumError, type Reason } from '@lyceum/errors';
import type { Logger } from './logger.js';

/** What a process was given is wrong: the same start would end the same way. */
const hopeless: readonly Reason[] = [
  'INVALID_FIELD',
  'UNKNOWN_NAME',
  'SHAPE_MISMATCH',
  'NON_FINITE',
  'CORRUPT_FILE',
  'MISSING_DEPENDENCY',
  'FORBIDDEN',
];

/**
 * Ends the process when something is thrown that nobody catches, as while it starts: one line says what is wrong.
 * Only a fault of our own is shown with its stack. The exit code is 2 when another start would fail likewise, as for
 * wrong settings, else 1.
 */
export function exitOnFault(logger: Logger): void {
  process.once('uncaughtException', (thrown: unknown) => {
    const error = LyceumError.from(thrown);
    const fault = error.reason === 'INTERNAL' ? { error: thrown } : {};
    logger.fatal({ reason: error.reason, ...fault }, error.message);
    process.exit(hopeless.includes(error.reason) ? 2 : 1);
  });
}
