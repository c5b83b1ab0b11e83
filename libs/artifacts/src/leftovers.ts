import { readdir, readlink, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { checksumOf, writerOf } from './object-file.js';

// A writer that is alive touches its file all the time; pids are only comparable on one host.
const deadAfterMs = 60_000;
const foreignAfterMs = 24 * 3600_000;
// Between an object's completion and its commit lie milliseconds.
const unreferencedAfterMs = 3600_000;

/** Removes from one folder the files of dead writers and versions that no key points to; returns how many. */
export async function sweepFolder(folder: string, objectsFolder: string): Promise<number> {
  const objects = join(folder, objectsFolder);
  const referenced = await referencedObjects(folder);
  let removed = 0;
  for (const name of await namesIn(objects)) {
    const path = join(objects, name);
    const facts = await stat(path).catch(() => undefined);
    const ageMs = facts ? Date.now() - facts.mtimeMs : Infinity;
    if (!isLeftover(name, ageMs, referenced)) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}

function isLeftover(name: string, ageMs: number, referenced: ReadonlySet<string>): boolean {
  const writer = writerOf(name);
  if (writer) {
    const died = writer.host === hostname().replaceAll('/', '_') && !isAlive(writer.pid);
    return ageMs > (died ? deadAfterMs : foreignAfterMs);
  }
  return checksumOf(name) !== undefined && !referenced.has(name) && ageMs > unreferencedAfterMs;
}

async function referencedObjects(folder: string): Promise<Set<string>> {
  const targets = (await namesIn(folder)).map((name) => readlink(join(folder, name)).catch(() => ''));
  return new Set((await Promise.all(targets)).map((target) => basename(target)));
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
