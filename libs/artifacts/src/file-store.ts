import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LyceumError, unknownName } from '@lyceum/errors';
import { checkKey, checkPrefix } from './artifact-key.js';
import type {
  ArtifactData,
  ArtifactFence,
  ArtifactInfo,
  ArtifactStore,
  StoredArtifact,
  WriteOptions,
} from './artifact-store.js';
import { checkCovers, claimFence, fencedOff, isFencedOff } from './fence-gate.js';
import { sweepFolder } from './leftovers.js';
import { checksumOf, syncFolder, temporaryName, writeObject } from './object-file.js';
import { systemCode, writeError } from './write-error.js';

const objectsFolder = '.objects';

/**
 * Artifacts in a folder. The bytes lie in `<folder>/.objects/<sha256>.<unique>`, the key is a link to them: one
 * rename switches content and checksum together, so no crash can leave a file beside the checksum of another, and
 * any program can still open the key as a plain file. A file put there by hand is served too, unchecked.
 */
export class FileArtifactStore implements ArtifactStore {
  readonly url: string;
  private readonly root: string;
  private readonly gates = new Map<string, Promise<string>>();
  private readonly swept = new Set<string>();

  constructor(root: string) {
    this.root = resolve(root);
    this.url = pathToFileURL(this.root).href;
  }

  async put(key: string, data: ArtifactData, { fence }: WriteOptions = {}): Promise<StoredArtifact> {
    const path = this.pathOf(key);
    try {
      const gate = fence && (await this.gateOf(fence, key));
      const folder = dirname(path);
      await this.prepareFolder(folder);
      const objects = join(folder, objectsFolder);
      const object = await writeObject(objects, data);
      const previous = await readlink(path).catch(() => undefined);
      try {
        await this.commit(path, `${objectsFolder}/${object.name}`, gate ?? objects, fence);
      } catch (error) {
        await rm(join(objects, object.name), { force: true });
        throw error;
      }
      await syncFolder(folder);
      if (previous !== undefined) await this.removeObject(folder, previous);
      return { key, sha256: object.sha256, sizeBytes: object.sizeBytes };
    } catch (error) {
      throw writeError(key, this.root, error);
    }
  }

  async get(key: string): Promise<Uint8Array<ArrayBuffer>> {
    const path = this.pathOf(key);
    // A version may be replaced between finding and opening it: look again as long as the key goes on changing.
    for (let last: string | undefined; ;) {
      const version = await this.versionOf(key, path);
      if (version === undefined) throw await this.missing(key);
      const bytes = await readWhole(version.file);
      if (bytes === undefined && version.file !== last) {
        last = version.file;
        continue;
      }
      if (bytes === undefined) throw corrupt(key, 'its content is missing');
      if (version.sha256 !== undefined) checkBytes(key, bytes, version.sha256);
      return bytes;
    }
  }

  async head(key: string): Promise<ArtifactInfo | undefined> {
    const version = await this.versionOf(key, this.pathOf(key));
    if (version === undefined) return undefined;
    const facts = await stat(version.file).catch(() => undefined);
    if (facts === undefined) throw corrupt(key, 'its content is missing');
    return { key, sizeBytes: facts.size, sha256: version.sha256, modified: facts.mtime };
  }

  async list(prefix = ''): Promise<string[]> {
    const folder = checkPrefix(prefix);
    const keys: string[] = [];
    for await (const { path, entries } of walk(join(this.root, folder), folder)) {
      keys.push(...entries.filter((entry) => !entry.isDirectory()).map((entry) => joinKey(path, entry.name)));
    }
    return keys.sort((a, b) => (a < b ? -1 : 1));
  }

  async remove(key: string, { fence }: WriteOptions = {}): Promise<boolean> {
    const path = this.pathOf(key);
    try {
      const gate = fence && (await this.gateOf(fence, key));
      const facts = await factsOf(path);
      if (facts === undefined || facts.isDirectory()) return false;
      const target = await readlink(path).catch(() => undefined);
      const aside = gate === undefined ? path : join(gate, temporaryName());
      if (fence) await this.throughGate(rename(path, aside), fence);
      await rm(aside, { force: true });
      await syncFolder(dirname(path));
      if (target !== undefined) await this.removeObject(dirname(path), target);
      return true;
    } catch (error) {
      throw writeError(key, this.root, error);
    }
  }

  async claim(fence: ArtifactFence): Promise<void> {
    try {
      await this.openGate(fence);
    } catch (error) {
      throw writeError(fence.scope, this.root, error);
    }
  }

  localPath(key: string): string {
    return this.pathOf(key);
  }

  async sweep(): Promise<number> {
    let removed = 0;
    for await (const { path } of walk(this.root, '')) {
      removed += await sweepFolder(join(this.root, path), objectsFolder);
    }
    return removed;
  }

  async close(): Promise<void> {}

  private pathOf(key: string): string {
    return join(this.root, checkKey(key));
  }

  /** The folder to commit through, claimed with the first write. */
  private async gateOf(fence: ArtifactFence, key: string): Promise<string> {
    checkCovers(fence, key);
    return this.gates.get(gateName(fence)) ?? this.openGate(fence);
  }

  private openGate(fence: ArtifactFence): Promise<string> {
    const gate = claimFence(this.root, fence);
    this.gates.set(gateName(fence), gate);
    // A claim that failed, for instance on a full disk, may be tried again.
    gate.catch(() => this.gates.delete(gateName(fence)));
    return gate;
  }

  private async commit(
    path: string,
    target: string,
    gate: string,
    fence: ArtifactFence | undefined,
  ): Promise<void> {
    const link = join(gate, temporaryName());
    try {
      await this.throughGate(symlink(target, link), fence);
      await this.throughGate(rename(link, path), fence);
    } catch (error) {
      await rm(link, { force: true });
      throw error;
    }
  }

  private async throughGate(act: Promise<void>, fence: ArtifactFence | undefined): Promise<void> {
    try {
      await act;
    } catch (error) {
      const late = fence && systemCode(error) === 'ENOENT' && (await isFencedOff(this.root, fence));
      throw late ? fencedOff(fence) : error;
    }
  }

  private async prepareFolder(folder: string): Promise<void> {
    const objects = join(folder, objectsFolder);
    const first = await mkdir(objects, { recursive: true });
    if (first !== undefined) {
      for (let made = objects; made.length >= first.length; made = dirname(made))
        await syncFolder(dirname(made));
    }
    if (this.swept.has(folder)) return;
    this.swept.add(folder);
    await sweepFolder(folder, objectsFolder);
  }

  private async versionOf(
    key: string,
    path: string,
  ): Promise<{ file: string; sha256: string | undefined } | undefined> {
    const facts = await factsOf(path);
    if (facts === undefined || facts.isDirectory()) return undefined;
    if (facts.isFile()) return { file: path, sha256: undefined };
    const target = await readlink(path).catch(() => '');
    const sha256 = target.startsWith(`${objectsFolder}/`)
      ? checksumOf(target.slice(objectsFolder.length + 1))
      : undefined;
    if (sha256 === undefined) throw corrupt(key, 'it is a link that Lyceum did not make');
    return { file: join(dirname(path), target), sha256 };
  }

  private async removeObject(folder: string, target: string): Promise<void> {
    const name = target.slice(objectsFolder.length + 1);
    if (checksumOf(name) !== undefined) await rm(join(folder, objectsFolder, name), { force: true });
  }

  private async missing(key: string): Promise<LyceumError> {
    const folder = key.includes('/') ? key.slice(0, key.lastIndexOf('/')) : '';
    return unknownName('artifact', key, (await this.list(folder)).slice(0, 100), 'key');
  }
}

function gateName({ scope, token }: ArtifactFence): string {
  return `${scope}#${token}`;
}

async function* walk(
  folder: string,
  path: string,
): AsyncGenerator<{ path: string; entries: { name: string; isDirectory(): boolean }[] }> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(() => [])).filter(
    (e) => !e.name.startsWith('.'),
  );
  yield { path, entries };
  for (const entry of entries) {
    if (entry.isDirectory()) yield* walk(join(folder, entry.name), joinKey(path, entry.name));
  }
}

async function factsOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw LyceumError.from(error);
  });
}

function joinKey(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

async function readWhole(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw LyceumError.from(error);
  });
  if (handle === undefined) return undefined;
  try {
    const bytes = new Uint8Array((await handle.stat()).size);
    let done = 0;
    while (done < bytes.byteLength) {
      const { bytesRead } = await handle.read(bytes, done, bytes.byteLength - done, done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done === bytes.byteLength ? bytes : bytes.slice(0, done);
  } finally {
    await handle.close();
  }
}

function checkBytes(key: string, bytes: Uint8Array, expected: string): void {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== expected)
    throw corrupt(key, `its checksum is ${found.slice(0, 12)}…, expected ${expected.slice(0, 12)}…`);
}

function corrupt(key: string, what: string): LyceumError {
  return new LyceumError(
    'CORRUPT_FILE',
    `artifact "${key}" is damaged: ${what}; restore it or remove it and run again`,
    {
      metadata: { key },
    },
  );
}
