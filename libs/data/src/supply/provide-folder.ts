import { LyceumError } from '@lyceum/errors';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OnProgress } from '../data-set.js';
import { withLock } from './with-lock.js';

/** One way to fetch the files of a data set. */
export interface Fetcher {
  /** For messages: "download", "Debian package". */
  readonly label: string;
  /** Puts all files into the folder, which may hold the parts of an earlier attempt; throws why it could not. */
  fetch(folder: string, onProgress: OnProgress): Promise<void>;
}

/** Where a data set may be found, and from where it may be fetched, in the order in which that is tried. */
export interface Supply {
  /** Name of the set and of its folder in the cache. */
  readonly name: string;
  /** Names that belong into that folder; anything else is left behind in the staging folder. */
  readonly files: readonly string[];
  isComplete(folder: string): Promise<boolean>;
  /** Folders outside the cache in which the system may have it. */
  readonly systemFolders: readonly string[];
  readonly fetchers: readonly Fetcher[];
}

/** A folder that holds a data set. */
export interface Provided {
  readonly folder: string;
  /** For people: "Debian package dataset-fashion-mnist". */
  readonly source: string;
  /** What to do when a file in it turns out to be damaged. */
  readonly remedy: string;
}

/**
 * Climbs the ladder: a given path (nothing else is tried then), the system's folders, the cache, the fetchers.
 * What is fetched appears in the cache all at once; two processes at the same time fetch it once.
 * @throws LyceumError MISSING_DEPENDENCY: what was tried, why each failed, what to do.
 */
export async function provideFolder(
  supply: Supply,
  path: string | undefined,
  cacheFolder: string,
  onProgress: OnProgress,
): Promise<Provided> {
  if (path !== undefined) return { folder: path, source: path, remedy: 'replace it by an intact copy' };
  for (const folder of supply.systemFolders) {
    if (await supply.isComplete(folder))
      return { folder, source: folder, remedy: 'install its package again' };
  }
  const folder = join(cacheFolder, supply.name);
  const cached = { folder, source: folder, remedy: 'delete it and run again to fetch it anew' };
  if (await supply.isComplete(folder)) return cached;
  return withLock(folder, async () => {
    if (await supply.isComplete(folder)) return cached;
    return { ...cached, source: await fetchInto(supply, folder, onProgress) };
  });
}

async function fetchInto(supply: Supply, folder: string, onProgress: OnProgress): Promise<string> {
  const staging = `${folder}.staging`;
  await mkdir(staging, { recursive: true });
  const tried: string[] = [`no files in ${[...supply.systemFolders, folder].join(' or ')}`];
  for (const fetcher of supply.fetchers) {
    try {
      await fetcher.fetch(staging, onProgress);
    } catch (error) {
      const known = LyceumError.from(error);
      if (known.reason === 'DISK_FULL') throw known;
      tried.push(`${fetcher.label}: ${known.message}`);
      continue;
    }
    await publish(supply, staging, folder);
    return fetcher.label;
  }
  throw notProvided(supply, tried, folder);
}

async function publish(supply: Supply, staging: string, folder: string): Promise<void> {
  for (const name of await readdir(staging)) {
    if (!supply.files.includes(name)) await rm(join(staging, name), { recursive: true, force: true });
  }
  await rm(folder, { recursive: true, force: true });
  await rename(staging, folder);
}

function notProvided({ name, files }: Supply, tried: readonly string[], folder: string): LyceumError {
  const advice = `connect this machine and run again, or put ${files.join(', ')} into ${folder}, or give their folder as "path"`;
  const text = `data set "${name}" was not found and could not be fetched; tried: ${tried.join('; ')}. To go on: ${advice}`;
  return new LyceumError('MISSING_DEPENDENCY', text, { metadata: { dataSet: name } });
}
