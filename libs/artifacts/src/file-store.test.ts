import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openArtifacts, type ArtifactStore } from './index.js';
import { temporaryFolder } from './temporary-folder.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = async (store: ArtifactStore, key: string): Promise<string> =>
  Buffer.from(await store.get(key)).toString();
const objectsOf = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder, '.objects')).sort();

function tinyDisk(path: string): { [Symbol.dispose](): void } | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    return undefined;
  }
  return { [Symbol.dispose]: () => void execFileSync('umount', [path]) };
}

function mayMount(): boolean {
  using folder = temporaryFolder();
  using disk = tinyDisk(folder.path);
  if (!disk) console.warn('SKIPPED: a full disk is only tested where a tmpfs may be mounted (root)');
  return disk !== undefined;
}

describe('artifacts in a folder', () => {
  it('gives back what was put, with its checksum and size, to another process that opens the folder later', async () => {
    using folder = temporaryFolder();
    const stored = await openArtifacts(folder.path).put(
      'run-1/teacher/weights.safetensors',
      bytes('weights'),
    );
    expect(stored).toEqual({
      key: 'run-1/teacher/weights.safetensors',
      sizeBytes: 7,
      sha256: createHash('sha256').update('weights').digest('hex'),
    });
    const again = openArtifacts(`file://${folder.path}`);
    const got = await again.get(stored.key);
    expect(got.byteOffset).toBe(0);
    expect(Buffer.from(got).toString()).toBe('weights');
    expect(await again.head(stored.key)).toMatchObject({ sizeBytes: 7, sha256: stored.sha256 });
    expect(readFileSync(again.localPath(stored.key) ?? '', 'utf8')).toBe('weights');
  });

  it('gives back any bytes in any split into parts, under any allowed key', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    const segment = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._=@+-]{0,8}$/);
    const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((s) => ['all', ...s, 'end-'].join('/'));
    const parts = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(key, parts, async (at, pieces) => {
        await store.put(at, pieces);
        expect(Buffer.from(await store.get(at))).toEqual(Buffer.concat(pieces));
      }),
      { numRuns: 40 },
    );
  });

  it('keeps one version of a key on disk, however often it is put', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    for (const text of ['one', 'two', 'two', 'three']) await store.put('run/a', bytes(text));
    expect(await textOf(store, 'run/a')).toBe('three');
    expect(objectsOf(folder.path, 'run')).toHaveLength(1);
  });

  it('always reads one whole version while another writes', async () => {
    using folder = temporaryFolder();
    const [writer, reader] = [openArtifacts(folder.path), openArtifacts(folder.path)];
    await writer.put('a', new Uint8Array(1000));
    let writing = true;
    const writes = (async () => {
      for (let value = 1; value <= 40; value += 1) await writer.put('a', new Uint8Array(1000).fill(value));
      writing = false;
    })();
    while (writing) {
      const got = await reader.get('a');
      expect(new Set(got).size).toBe(1);
      expect(got.byteLength).toBe(1000);
    }
    await writes;
  });

  it('says which artifact is damaged when a byte or the end is missing', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    const { sha256 } = await store.put('run/a', bytes('abcdef'));
    const [name] = objectsOf(folder.path, 'run');
    expect(name.startsWith(sha256)).toBe(true);
    writeFileSync(join(folder.path, 'run/.objects', name), 'abcxef');
    await expect(store.get('run/a')).rejects.toMatchObject({
      reason: 'CORRUPT_FILE',
      metadata: { key: 'run/a' },
    });
    truncateSync(join(folder.path, 'run/.objects', name), 3);
    await expect(store.get('run/a')).rejects.toMatchObject({ reason: 'CORRUPT_FILE' });
    await store.put('run/a', bytes('good'));
    expect(await textOf(store, 'run/a')).toBe('good');
  });

  it('refuses to follow a link that it did not make', async () => {
    using folder = temporaryFolder();
    symlinkSync('/etc/hostname', join(folder.path, 'a'));
    await expect(openArtifacts(folder.path).get('a')).rejects.toMatchObject({ reason: 'CORRUPT_FILE' });
  });

  it('serves a file that was put there by hand, without a checksum', async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'mine.safetensors'), 'by hand');
    const store = openArtifacts(folder.path);
    expect(await textOf(store, 'mine.safetensors')).toBe('by hand');
    expect((await store.head('mine.safetensors'))?.sha256).toBeUndefined();
    expect(await store.remove('mine.safetensors')).toBe(true);
  });

  it('names the nearest artifact when there is none of that key', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    await store.put('run/weights', bytes('x'));
    await expect(store.get('run/weight')).rejects.toMatchObject({
      reason: 'UNKNOWN_NAME',
      metadata: { nearest: 'run/weights' },
    });
    expect(await store.head('run')).toBeUndefined();
    expect(await store.head('run/weights/deeper')).toBeUndefined();
  });

  it('lists the keys of a folder in order and nothing of its own', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    expect(await store.list()).toEqual([]);
    for (const key of ['b/2', 'b/1', 'b/c/3', 'bb/4', 'a']) {
      await store.put(key, bytes(key), { fence: { scope: key, token: 1 } });
    }
    expect(await store.list()).toEqual(['a', 'b/1', 'b/2', 'b/c/3', 'bb/4']);
    expect(await store.list('b')).toEqual(['b/1', 'b/2', 'b/c/3']);
    expect(await store.list('b/c/')).toEqual(['b/c/3']);
    expect(await store.remove('b/1')).toBe(true);
    expect(await store.remove('b/1')).toBe(false);
    expect(await store.remove('b')).toBe(false);
    expect(await store.list('b')).toEqual(['b/2', 'b/c/3']);
    expect(objectsOf(folder.path, 'b')).toHaveLength(1);
  });

  it.each([
    '',
    '/etc/passwd',
    '../a',
    'a/../b',
    'a//b',
    'a/',
    '.objects/x',
    'a/.fences',
    'a\\b',
    'a b',
    'ä',
    'a\n',
    '-rf',
  ])('refuses the key %j in every method', async (key) => {
    using folder = temporaryFolder();
    const store = openArtifacts(join(folder.path, 'root'));
    const refused = { reason: 'INVALID_FIELD' };
    await expect(store.put(key, bytes('x'))).rejects.toMatchObject(refused);
    await expect(store.get(key)).rejects.toMatchObject(refused);
    await expect(store.head(key)).rejects.toMatchObject(refused);
    await expect(store.remove(key)).rejects.toMatchObject(refused);
    expect(() => store.localPath(key)).toThrow('key: ');
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('says that an artifact cannot be a folder of others', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    await store.put('a/b', bytes('x'));
    await expect(store.put('a', bytes('y'))).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' });
    await expect(store.put('a/b/c', bytes('y'))).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' });
    expect(await store.list()).toEqual(['a/b']);
    expect(readdirSync(join(folder.path, '.objects'))).toEqual([]);
  });

  it('leaves the previous version and nothing else when the source of the parts fails', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    await store.put('a', bytes('good'));
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes('half');
      throw new Error('stream broke');
    };
    await expect(store.put('a', failing())).rejects.toThrow('stream broke');
    expect(await textOf(store, 'a')).toBe('good');
    expect(objectsOf(folder.path, '')).toHaveLength(1);
  });

  it.skipIf(!mayMount())('keeps the previous version and leaves nothing behind on a full disk', async () => {
    using folder = temporaryFolder();
    using disk = tinyDisk(folder.path);
    expect(disk).toBeDefined();
    const store = openArtifacts(folder.path);
    await store.put('run/a', new Uint8Array(600_000).fill(1));
    const full = store.put('run/a', new Uint8Array(600_000).fill(2));
    await expect(full).rejects.toMatchObject({ reason: 'DISK_FULL', codeName: 'RESOURCE_EXHAUSTED' });
    await expect(full).rejects.toThrow('artifact "run/a": no space left under');
    expect((await store.get('run/a'))[0]).toBe(1);
    expect(objectsOf(folder.path, 'run')).toHaveLength(1);
    await store.put('run/a', new Uint8Array(300_000).fill(3));
    expect((await store.get('run/a'))[0]).toBe(3);
  });

  it('removes what a killed writer left behind, and nothing of writers that live', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    await store.put('run/a', bytes('good'));
    const built = new URL('../dist/index.js', import.meta.url).href;
    const script = `import { openArtifacts } from ${JSON.stringify(built)};
      async function* slow() { yield new Uint8Array(9); process.stdout.write('writing'); await new Promise(() => setTimeout(() => {}, 1e6)); }
      await openArtifacts(${JSON.stringify(folder.path)}).put('run/a', slow());`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const left = (): string[] => objectsOf(folder.path, 'run').filter((name) => name.startsWith('tmp.'));
    const [name] = left();
    utimesSync(
      join(folder.path, 'run/.objects', name),
      new Date(Date.now() - 3600_000),
      new Date(Date.now() - 3600_000),
    );
    expect(await store.sweep()).toBe(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(left()).toHaveLength(1);
    await openArtifacts(folder.path).put('run/b', bytes('sweeps its folder first'));
    expect(left()).toEqual([]);
    expect(await textOf(store, 'run/a')).toBe('good');
  });

  it('removes versions that lost their key, once they are old', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    await store.put('run/a', bytes('good'));
    const orphan = join(folder.path, 'run/.objects', `${'0'.repeat(64)}.${'1'.repeat(12)}`);
    writeFileSync(orphan, 'x');
    expect(await store.sweep()).toBe(0);
    utimesSync(orphan, 1, 1);
    expect(await store.sweep()).toBe(1);
    expect(await textOf(store, 'run/a')).toBe('good');
  });
});

describe('opening', () => {
  it('names the drivers there are for a scheme there is none for', () => {
    expect(() => openArtifacts('s4://bucket/x')).toThrow('there is no artifact driver "s4"; known: file');
    expect(() => openArtifacts('constructor://x')).toThrow('there is no artifact driver "constructor"');
    expect(() => openArtifacts('')).toThrow('artifacts: must be a path or a URL');
    expect(() => openArtifacts('file://elsewhere/x')).toThrow('is not a URL of a local folder');
  });

  it('touches nothing before the first call', () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, 'there'));
    openArtifacts(join(folder.path, 'not-there'));
    expect(readdirSync(folder.path)).toEqual(['there']);
  });
});
