import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './with-lock.js';

export interface KeptBytes {
  readonly folder: string;
  /** Everything that the bytes follow from. */
  readonly name: string;
  readonly size: number;
  /** Fills the bytes; lets others run from time to time. */
  readonly make: (bytes: Uint8Array) => Promise<void>;
}

/** Bytes that take long to make: made once for each name, by one process while others wait, and kept in a folder. */
export async function keptBytes({ folder, name, size, make }: KeptBytes): Promise<Uint8Array> {
  const path = join(folder, `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.bin`);
  const kept = await readKept(path, size);
  if (kept !== undefined) return kept;
  return withLock(path, async () => {
    const meanwhile = await readKept(path, size);
    if (meanwhile !== undefined) return meanwhile;
    const bytes = new Uint8Array(size);
    await make(bytes);
    const partial = `${path}.${randomUUID()}.partial`;
    await writeFile(partial, bytes);
    await rename(partial, path);
    return bytes;
  });
}

/** None where there is no file, or one of another length: it is made anew. */
async function readKept(path: string, size: number): Promise<Uint8Array | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes?.length === size ? bytes : undefined;
}
