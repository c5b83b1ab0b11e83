import { realpath, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { NativePackage } from '../backends/native-package.js';

const parts = ['deps', 'lib'] as const;

/** Makes the installed package use an entry of the cache; each link appears at once, whatever was there before. */
export async function linkPackage(target: NativePackage, entry: string): Promise<void> {
  for (const part of parts) {
    const place = join(target.folder, part);
    const fresh = `${place}.new-${process.pid}`;
    await rm(fresh, { recursive: true, force: true });
    await symlink(join(entry, part), fresh, 'dir');
    const old = `${place}.old-${process.pid}`;
    // A folder of an earlier hand-made build can not be renamed over; a link can.
    await rename(fresh, place).catch(async () => {
      await rename(place, old);
      await rename(fresh, place);
    });
    await rm(old, { recursive: true, force: true });
  }
}

/** The folder that the package's links point into; absent when they are missing, broken or folders of its own. */
export async function linkedEntry(target: NativePackage): Promise<string | undefined> {
  const found = await Promise.all(
    parts.map((part) => realpath(join(target.folder, part)).catch(() => undefined)),
  );
  const [entry] = found.map((path, index) => path?.slice(0, -parts[index].length - 1));
  return entry !== undefined && entry !== target.folder && found[1] === join(entry, 'lib')
    ? entry
    : undefined;
}
