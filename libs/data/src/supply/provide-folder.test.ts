import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../expect-error.fixture.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { provideFolder, type Fetcher, type Supply } from './provide-folder.js';

const isComplete = async (folder: string) =>
  (await readdir(folder).catch((): string[] => [])).includes('data');

const working: Fetcher = {
  label: 'working',
  async fetch(folder) {
    await writeFile(join(folder, 'data'), 'fetched');
    await writeFile(join(folder, 'rubbish'), 'x');
  },
};

const broken: Fetcher = {
  label: 'broken',
  async fetch() {
    throw new Error('no network');
  },
};

function supplyOf(fetchers: readonly Fetcher[], systemFolders: readonly string[] = []): Supply {
  return { name: 'demo', files: ['data'], isComplete, systemFolders, fetchers };
}

const ignore = () => {};

describe('the way to a data set', () => {
  it('is the given path and nothing else', async () => {
    const provided = await provideFolder(supplyOf([working]), '/given', await temporaryFolder(), ignore);
    expect(provided).toMatchObject({ folder: '/given', source: '/given' });
  });

  it("leads to the system's folder before the cache", async () => {
    const system = await temporaryFolder();
    await writeFile(join(system, 'data'), '');
    const supply = supplyOf([working], ['/none', system]);
    expect((await provideFolder(supply, undefined, await temporaryFolder(), ignore)).folder).toBe(system);
  });

  it('fetches into the cache by the first way that works, and only once', async () => {
    const cache = await temporaryFolder();
    const first = await provideFolder(supplyOf([broken, working]), undefined, cache, ignore);
    expect(first).toMatchObject({ folder: join(cache, 'demo'), source: 'working' });
    expect(await readdir(cache)).toEqual(['demo']);
    expect(await readdir(first.folder)).toEqual(['data']);
    const second = await provideFolder(supplyOf([broken]), undefined, cache, ignore);
    expect(second.folder).toBe(first.folder);
  });

  it('replaces an incomplete folder in the cache', async () => {
    const cache = await temporaryFolder();
    await mkdir(join(cache, 'demo'));
    await provideFolder(supplyOf([working]), undefined, cache, ignore);
    expect(await readFile(join(cache, 'demo', 'data'), 'utf8')).toBe('fetched');
  });

  it('ends with all that was tried and what to do', async () => {
    const cache = await temporaryFolder();
    const error = await errorOf(() => provideFolder(supplyOf([broken], ['/sys']), undefined, cache, ignore));
    expect(error.reason).toBe('MISSING_DEPENDENCY');
    expect(error.message).toBe(
      `data set "demo" was not found and could not be fetched; tried: no files in /sys or ${cache}/demo; ` +
        'broken: no network. To go on: connect this machine and run again, ' +
        `or put data into ${cache}/demo, or give their folder as "path"`,
    );
  });

  it('does not try on when the disk is full', async () => {
    const full: Fetcher = {
      label: 'full',
      fetch: () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })),
    };
    const error = await errorOf(async () =>
      provideFolder(supplyOf([full, working]), undefined, await temporaryFolder(), ignore),
    );
    expect(error.reason).toBe('DISK_FULL');
  });

  it('lets one of several processes fetch, and the others wait for it', async () => {
    const folder = await temporaryFolder();
    const program = `
      import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
      import { setTimeout } from 'node:timers/promises';
      import { provideFolder } from ${JSON.stringify(new URL('../../dist/supply/provide-folder.js', import.meta.url).href)};
      const [folder] = process.argv.slice(1);
      const fetcher = { label: 'slow', async fetch(into) {
        appendFileSync(folder + '/log', 'fetch ');
        await setTimeout(400);
        writeFileSync(into + '/data', 'x');
      } };
      const isComplete = async (at) => existsSync(at + '/data');
      const supply = { name: 'demo', files: ['data'], isComplete, systemFolders: [], fetchers: [fetcher] };
      await provideFolder(supply, undefined, folder + '/cache', () => {});
    `;
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const children = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', program, '--', folder], {
        cwd,
        stdio: 'inherit',
      }),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
    expect(codes).toEqual([0, 0, 0]);
    expect(await readFile(join(folder, 'log'), 'utf8')).toBe('fetch ');
  });
});
