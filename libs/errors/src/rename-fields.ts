import { LyceumError } from './lyceum-error.js';

/**
 * The same error with its fields called as the caller knows them: a service names the fields of its requests, not
 * those of the library that found the fault. An error about no field stays as it is.
 *
 * @example throw renameFields(error, (field) => `open.${field}`);
 */
export function renameFields(caught: unknown, rename: (field: string) => string): LyceumError {
  const error = LyceumError.from(caught);
  if (error.violations.length === 0) return error;
  const violations = error.violations.map(({ field, description }) => ({
    field: rename(field),
    description,
  }));
  const message = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
  return new LyceumError(error.reason, message, { ...error, violations, cause: error });
}
