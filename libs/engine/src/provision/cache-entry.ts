import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import lockfile from 'proper-lockfile';
import { LyceumError } from '@lyceum/errors';

/** What a finished entry holds; written last, so an entry without it is unfinished. */
export interface EntryManifest {
  /** The rung that made it. */
  readonly source: string;
  readonly brings: string;
  readonly createTime: string;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

const manifestName = 'manifest.json';

/**
 * A folder of the cache that appears whole or not at all: it is filled beside its place and then renamed, by one
 * process at a time.
 */
export class CacheEntry {
  constructor(readonly folder: string) {}

  /** Whether it is there and its files are as they were written: their sizes, or their contents. */
  async isIntact(depth: 'sizes' | 'contents'): Promise<boolean> {
    const manifest = await this.manifest();
    if (manifest === undefined) return false;
    for (const { path, bytes, sha256 } of manifest.files) {
      const file = join(this.folder, path);
      const found = await stat(file).catch(() => undefined);
      if (found?.size !== bytes) return false;
      if (depth === 'contents' && (await sha256Of(file)) !== sha256) return false;
    }
    return true;
  }

  async manifest(): Promise<EntryManifest | undefined> {
    try {
      return JSON.parse(await readFile(join(this.folder, manifestName), 'utf8')) as EntryManifest;
    } catch {
      return undefined;
    }
  }

  /** Runs `fill` on a fresh folder and puts the result in this entry's place. Call it inside `locked`. */
  async create(
    about: Pick<EntryManifest, 'source' | 'brings'>,
    fill: (folder: string) => Promise<void>,
  ): Promise<void> {
    const staging = `${this.folder}.partial`;
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true });
    try {
      await fill(staging);
      const manifest: EntryManifest = {
        ...about,
        createTime: new Date().toISOString(),
        files: await listing(staging),
      };
      await writeFile(join(staging, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
      await this.remove();
      await rename(staging, this.folder);
    } catch (error) {
      await rm(staging, { recursive: true, force: true });
      throw LyceumError.from(error);
    }
  }

  async remove(): Promise<void> {
    // Renamed first, so that no half of it is ever found under its name.
    const gone = `${this.folder}.removed`;
    await rm(gone, { recursive: true, force: true });
    await rename(this.folder, gone).catch(() => undefined);
    await rm(gone, { recursive: true, force: true });
  }

  /** Runs `work` while no other process works on this entry; `onWait` is told when it has to wait first. */
  async locked<T>(work: () => Promise<T>, onWait: () => void): Promise<T> {
    await mkdir(dirname(this.folder), { recursive: true });
    const options = { lockfilePath: `${this.folder}.lock`, realpath: false, stale: 30_000, update: 5_000 };
    const release = await lockfile.lock(this.folder, options).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ELOCKED') throw LyceumError.from(error);
      onWait();
      // Two hours: a slow line may take that long for the larger wheel.
      const retries = { retries: 7200, factor: 1, minTimeout: 1000, maxTimeout: 1000 };
      return lockfile.lock(this.folder, { ...options, retries });
    });
    try {
      return await work();
    } finally {
      await release().catch(() => undefined);
    }
  }

  get name(): string {
    return basename(this.folder);
  }
}

async function listing(folder: string): Promise<EntryManifest['files']> {
  const files: { path: string; bytes: number; sha256: string }[] = [];
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of found.filter((each) => each.isFile())) {
    const file = join(entry.parentPath, entry.name);
    files.push({
      path: relative(folder, file),
      bytes: (await stat(file)).size,
      sha256: await sha256Of(file),
    });
  }
  return files.sort((a, b) => a.path.localeCompare(b.path));
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
