import { LyceumError } from '@lyceum/errors';

/** CORRUPT_FILE: which file, what is wrong with it, what to do. */
export function corruptFile(path: string, problem: string, remedy: string, cause?: unknown): LyceumError {
  return new LyceumError('CORRUPT_FILE', `${path}: ${problem}; ${remedy}`, { metadata: { path }, cause });
}
