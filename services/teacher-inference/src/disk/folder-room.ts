import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SlabLayout } from './slab-layout.js';

interface FoundFile {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly usedAt: number;
}

/**
 * Makes room for a slab in a folder of them: those that were used least recently are deleted until it fits. Views of one
 * plan do not push one another out. They are asked for in turn, so each would be deleted just before it is due; those
 * that fit stay instead.
 * @returns whether there is room; if not, nothing is deleted.
 */
export function makeRoom(
  folder: string,
  { fileName, planName, fileBytes }: SlabLayout,
  limitBytes: number,
): boolean {
  const others = slabsIn(folder).filter(({ name }) => name !== fileName);
  const [own, foreign] = [true, false].map((isOwn) =>
    others.filter(({ name }) => name.startsWith(`${planName}.`) === isOwn),
  );
  if (bytesOf(own) + fileBytes > limitBytes) return false;
  let used = bytesOf(others) + fileBytes;
  for (const { path, bytes } of foreign.sort((a, b) => a.usedAt - b.usedAt)) {
    if (used <= limitBytes) break;
    rmSync(path, { force: true });
    used -= bytes;
  }
  return true;
}

function slabsIn(folder: string): FoundFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.keys'))
    .flatMap((name) => {
      const path = join(folder, name);
      // Somebody else may have deleted it by now.
      const found = statSync(path, { throwIfNoEntry: false });
      return found === undefined ? [] : [{ path, name, bytes: found.size, usedAt: found.mtimeMs }];
    });
}

function bytesOf(files: readonly FoundFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
