import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { chooseSamples } from '../choose-samples.js';
import type { ReadRequest } from '../data-set.js';
import { errorOf } from '../expect-error.fixture.js';
import { serveFiles } from '../file-server.fixture.js';
import { listDataSets, loadDataSet } from '../index.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { readKnownCifar, type KnownCifar } from './cifar-set.js';

/** CIFAR-100's layout with 3 and 2 records. */
const small: KnownCifar = {
  name: 'small-cifar',
  classes: ['a', 'b', 'c'],
  normalization: { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
  layout: {
    folder: 'small-binary',
    labelBytes: 2,
    classCount: 3,
    files: { train: ['train_1.bin', 'train_2.bin'], test: ['test.bin'] },
    recordsPerFile: { train: 2, test: 1 },
  },
  archive: { name: 'small.tar.gz', bytes: 0, sha256: '', urls: [] },
};

/** A record with a coarse label of 9 and planes of one value each. */
function record(label: number, red: number, green: number, blue: number): Buffer {
  return Buffer.concat([
    Buffer.of(9, label),
    ...[red, green, blue].map((value) => Buffer.alloc(1024, value)),
  ]);
}

const files: Record<string, Buffer> = {
  'train_1.bin': Buffer.concat([record(0, 1, 2, 3), record(1, 4, 5, 6)]),
  'train_2.bin': Buffer.concat([record(2, 7, 8, 9), record(0, 10, 11, 12)]),
  'test.bin': record(2, 20, 21, 22),
};

async function writeFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

async function archiveOf(entries: Record<string, Buffer>): Promise<Buffer> {
  const tar = pack();
  for (const [name, bytes] of Object.entries(entries)) tar.entry({ name }, bytes);
  tar.finalize();
  return gzipSync(await buffer(tar));
}

const archive = () =>
  archiveOf({
    'small-binary/readme.html': Buffer.from('hello'),
    '../small-binary/../train_1.bin': Buffer.from('not this one'),
    ...Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`small-binary/${name}`, bytes])),
  });

function read(path: string | undefined, cacheFolder = '/nowhere', known = small, trainLimit?: number) {
  const request: ReadRequest = {
    path,
    cacheFolder,
    variant: undefined,
    imagePixels: undefined,
    shape: undefined,
    trainLimit,
    testLimit: undefined,
    onProgress: () => {},
    choose: (split, labels) => chooseSamples(labels, split === 'train' ? trainLimit : undefined),
  };
  return readKnownCifar(known, request);
}

describe('a CIFAR data set', () => {
  it('turns planes into pixels and takes the last label byte', async () => {
    const { train, test, shape } = await read(await writeFolder(await temporaryFolder()));
    expect(shape).toEqual([32, 32, 3]);
    expect([...train.labels]).toEqual([0, 1, 2, 0]);
    expect([...train.images.subarray(2 * 3072, 2 * 3072 + 6)]).toEqual([7, 8, 9, 7, 8, 9]);
    expect([...test.images.subarray(-3)]).toEqual([20, 21, 22]);
  });

  it('reads only chosen samples', async () => {
    const { train } = await read(await writeFolder(await temporaryFolder()), undefined, small, 3);
    expect([...train.labels]).toEqual([0, 1, 2]);
    expect(train.images).toHaveLength(3 * 3072);
  });

  it('is found in the folder around it and in its archive', async () => {
    const folder = await temporaryFolder();
    const inner = await read(await writeFolder(join(folder, 'small-binary')));
    const path = join(folder, 'small.tar.gz');
    await writeFile(path, await archive());
    for (const found of [await read(folder), await read(path)]) {
      expect(found.train.images).toEqual(inner.train.images);
      expect(found.test.labels).toEqual(inner.test.labels);
    }
  });

  it('is downloaded once, unpacked and then read from the cache', async () => {
    const folder = await temporaryFolder();
    const bytes = await archive();
    await using server = await serveFiles({ '/small.tar.gz': bytes });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const known = {
      ...small,
      archive: { name: 'small.tar.gz', bytes: bytes.length, sha256, urls: [`${server.url}/small.tar.gz`] },
    };
    for (let time = 0; time < 2; time += 1) {
      const { train } = await read(undefined, folder, known);
      expect([...train.labels]).toEqual([0, 1, 2, 0]);
    }
    expect(server.requests).toHaveLength(1);
    expect(await readFile(join(folder, 'small-cifar', 'test.bin'))).toEqual(files['test.bin']);
  });

  it('names the file that is cut short, missing or wrongly labelled', async () => {
    const folder = await writeFolder(await temporaryFolder());
    await writeFile(join(folder, 'test.bin'), record(3, 0, 0, 0));
    const wrong = await errorOf(() => read(folder));
    expect(wrong.reason).toBe('CORRUPT_FILE');
    expect(wrong.message).toContain('test.bin: label 3 of sample 0 is not one of 0 to 2');
    await truncate(join(folder, 'train_2.bin'), 3074);
    const short = await errorOf(() => read(folder));
    expect(short).toMatchObject({ reason: 'CORRUPT_FILE', metadata: { path: join(folder, 'train_2.bin') } });
    expect(short.message).toContain('has 3074 bytes in place of 6148 bytes (2 records)');
    await rm(join(folder, 'train_1.bin'));
    expect((await errorOf(() => read(folder))).message).toContain(
      `path: "${folder}" has no file train_1.bin`,
    );
  });

  it('refuses an archive that is cut short or lacks a file', async () => {
    const path = join(await temporaryFolder(), 'small.tar.gz');
    const bytes = await archive();
    await writeFile(path, bytes.subarray(0, bytes.length - 40));
    expect(await errorOf(() => read(path))).toMatchObject({ reason: 'CORRUPT_FILE', metadata: { path } });
    await writeFile(path, await archiveOf({ 'small-binary/train_1.bin': files['train_1.bin'] }));
    expect((await errorOf(() => read(path))).message).toContain('lacks small-binary/train_2.bin, test.bin');
  });
});

describe('CIFAR-10 and CIFAR-100', () => {
  it('have 10 and 100 distinct classes', () => {
    for (const [name, count] of [
      ['cifar-10', 10],
      ['cifar-100', 100],
    ] as const) {
      const classes = listDataSets().find((set) => set.name === name)?.classes;
      expect(new Set(classes).size).toBe(count);
    }
  });

  it('say which files a given folder must hold', async () => {
    const path = await temporaryFolder();
    const error = await errorOf(() => loadDataSet({ name: 'cifar-10', path }));
    expect(error.violations[0].field).toBe('path');
    expect(error.message).toContain(
      'data_batch_1.bin, data_batch_2.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin, test_batch.bin',
    );
  });
});
