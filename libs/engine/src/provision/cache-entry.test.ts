import { mkdtemp, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CacheEntry } from './cache-entry.js';

const about = { source: 'wheel', brings: 'x-1' };

describe('a cache entry', () => {
  let root: string;
  let entry: CacheEntry;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lyceum-entry-'));
    entry = new CacheEntry(join(root, 'engine', 'x-1'));
    await mkdir(join(root, 'engine'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const fill = async (folder: string) => {
    await mkdir(join(folder, 'deps', 'lib'), { recursive: true });
    await writeFile(join(folder, 'deps', 'lib', 'a.so'), 'library');
  };

  it('records every file with size and checksum, and says what made it', async () => {
    await entry.create(about, fill);
    expect(await entry.manifest()).toMatchObject({
      source: 'wheel',
      brings: 'x-1',
      files: [
        {
          path: 'deps/lib/a.so',
          bytes: 7,
          // printf library | sha256sum
          sha256: 'b718f1354f7247312eca086d9a024afe5fa717ddea5adeddd6f12bcf945b2e8c',
        },
      ],
    });
    expect(await entry.isIntact('contents')).toBe(true);
  });

  it('notices a file of another size at once, and a changed byte when it reads the contents', async () => {
    await entry.create(about, fill);
    const file = join(entry.folder, 'deps', 'lib', 'a.so');
    await writeFile(file, 'librarz');
    expect(await entry.isIntact('sizes')).toBe(true);
    expect(await entry.isIntact('contents')).toBe(false);
    await writeFile(file, 'lib');
    expect(await entry.isIntact('sizes')).toBe(false);
    await rm(file);
    expect(await entry.isIntact('sizes')).toBe(false);
  });

  it('is not there, and leaves nothing behind, when filling it fails', async () => {
    const failing = async (folder: string) => {
      await fill(folder);
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    await expect(entry.create(about, failing)).rejects.toMatchObject({ reason: 'DISK_FULL' });
    expect(await readdir(join(root, 'engine'))).toEqual([]);
    expect(await entry.isIntact('sizes')).toBe(false);
  });

  it('keeps the entry it had until the new one is complete', async () => {
    await entry.create(about, fill);
    await expect(entry.create(about, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await entry.isIntact('contents')).toBe(true);
  });

  it('takes no notice of what a killed process has left half done', async () => {
    await mkdir(`${entry.folder}.partial`);
    await writeFile(join(`${entry.folder}.partial`, 'rubbish'), 'x');
    expect(await entry.isIntact('sizes')).toBe(false);
    await entry.create(about, fill);
    expect((await entry.manifest())?.files.map(({ path }) => path)).toEqual(['deps/lib/a.so']);
  });

  it('is worked on by one at a time; the other is told that it waits', async () => {
    const order: string[] = [];
    const first = entry.locked(
      async () => {
        order.push('first begins');
        await new Promise((resolve) => setTimeout(resolve, 200));
        order.push('first ends');
      },
      () => order.push('first waits'),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = entry.locked(
      async () => order.push('second begins'),
      () => order.push('second waits'),
    );
    await Promise.all([first, second]);
    expect(order).toEqual(['first begins', 'second waits', 'first ends', 'second begins']);
  });

  it('is free again after its holder has thrown', async () => {
    await expect(
      entry.locked(
        () => Promise.reject(new Error('broken')),
        () => undefined,
      ),
    ).rejects.toThrow('broken');
    expect(
      await entry.locked(
        async () => 'free',
        () => undefined,
      ),
    ).toBe('free');
  });

  it('takes over the lock of a process that was killed a while ago', async () => {
    await mkdir(`${entry.folder}.lock`);
    const longAgo = new Date(Date.now() - 120_000);
    await utimes(`${entry.folder}.lock`, longAgo, longAgo);
    expect(
      await entry.locked(
        async () => 'taken',
        () => undefined,
      ),
    ).toBe('taken');
  });

  it('is gone as a whole when it is removed', async () => {
    await entry.create(about, fill);
    await entry.remove();
    await entry.remove();
    expect(await readdir(join(root, 'engine'))).toEqual([]);
    await expect(readFile(join(entry.folder, 'manifest.json'))).rejects.toThrow('ENOENT');
  });
});
