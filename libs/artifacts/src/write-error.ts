import { LyceumError, type Reason } from '@lyceum/errors';

const reasonOf: Readonly<Record<string, Reason | undefined>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EACCES: 'FORBIDDEN',
  EPERM: 'FORBIDDEN',
  EROFS: 'FORBIDDEN',
  ENOTDIR: 'ALREADY_EXISTS',
  EISDIR: 'ALREADY_EXISTS',
  ENOTEMPTY: 'ALREADY_EXISTS',
  EEXIST: 'ALREADY_EXISTS',
};

/** Turns what the file system said about writing a key into the error for the caller. */
export function writeError(key: string, root: string, error: unknown): LyceumError {
  if (error instanceof LyceumError) return error;
  const details = { cause: error, metadata: { key, root } };
  const text = error instanceof Error ? error.message : String(error);
  switch (reasonOf[systemCode(error) ?? '']) {
    case 'DISK_FULL':
      return new LyceumError(
        'DISK_FULL',
        `artifact "${key}": no space left under ${root}; what was stored before is untouched; free some space and try again`,
        details,
      );
    case 'FORBIDDEN':
      return new LyceumError('FORBIDDEN', `artifact "${key}": may not write under ${root}: ${text}`, details);
    case 'ALREADY_EXISTS':
      return new LyceumError(
        'ALREADY_EXISTS',
        `artifact "${key}": one of its folders is an artifact, or it is a folder of artifacts; choose another key`,
        details,
      );
    default:
      return LyceumError.from(error);
  }
}

/** The code of a file system error, for instance ENOENT. */
export function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
