import { LyceumError } from '@lyceum/errors';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file as a whole or not at all.
 * @throws LyceumError ALREADY_EXISTS if it is there and `replace` is not set; DISK_FULL or FORBIDDEN if it cannot be
 * written.
 */
export async function writeNewFile(file: string, bytes: Uint8Array, replace: boolean): Promise<void> {
  if (!replace && existsSync(file)) {
    const text = `--out: ${file} exists; --force replaces it, --out writes elsewhere`;
    throw new LyceumError('ALREADY_EXISTS', text);
  }
  const partial = `${file}.${process.pid}.partial`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(partial, bytes);
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    const { code, message } = cause as NodeJS.ErrnoException;
    const isFull = code === 'ENOSPC' || code === 'EDQUOT';
    throw new LyceumError(isFull ? 'DISK_FULL' : 'FORBIDDEN', `--out: cannot write ${file}: ${message}`, {
      cause,
    });
  }
}
