import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../expect-error.fixture.js';
import { encodeIdx, writeIdxFolder } from '../idx.fixture.js';
import { loadDataSet } from '../index.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';

const load = (path: string, limits = {}) => loadDataSet({ name: 'idx', path, ...limits });

describe('the data set "idx"', () => {
  it('reads images and labels, and measures its normalization', async () => {
    const data = await load(await writeIdxFolder(await temporaryFolder()));
    expect(data).toMatchObject({ shape: [3, 3, 1], sampleSize: 9, classes: ['0', '1', '2'] });
    expect([...data.train.labels]).toEqual([0, 1, 2, 0]);
    expect([...data.test.labels]).toEqual([2, 1]);
    expect([...data.train.images.subarray(9, 18)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // Pixels are i + p for i of 0 ... 3 and p of 0 ... 8: mean 5.5, variance 15/12 + 80/12.
    expect(data.normalization.mean[0] * 255).toBeCloseTo(5.5, 10);
    expect(data.normalization.std[0] * 255).toBeCloseTo(Math.sqrt(95 / 12), 10);
  });

  it('has one digest, packed or not, whatever the file names and the folder', async () => {
    const folder = await temporaryFolder();
    const packed = await load(await writeIdxFolder(join(folder, 'a')));
    const plain = await load(
      await writeIdxFolder(join(folder, 'b'), { isGzip: false, prefix: 'emnist-letters-' }),
    );
    const other = await load(await writeIdxFolder(join(folder, 'c'), { trainLabels: [0, 1, 2, 1] }));
    expect(packed.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(plain.digest).toBe(packed.digest);
    expect(other.digest).not.toBe(packed.digest);
  });

  it('takes as many of each class as it can, in the order of the files', async () => {
    const folder = await writeIdxFolder(await temporaryFolder(), { trainLabels: [0, 0, 0, 1, 1, 2] });
    const data = await load(folder, { trainLimit: 4, testLimit: 1 });
    expect([...data.train.labels]).toEqual([0, 0, 1, 2]);
    expect(Array.from({ length: 4 }, (_, i) => data.train.images[i * 9])).toEqual([0, 1, 3, 5]);
    expect(data.test.count).toBe(1);
    const whole = await load(folder);
    expect(whole.normalization).toEqual(data.normalization);
    expect(whole.digest).not.toBe(data.digest);
  });

  it('names its classes from classes.txt', async () => {
    const folder = await writeIdxFolder(await temporaryFolder());
    await writeFile(join(folder, 'classes.txt'), 'cat\ndog\n  cow \n');
    expect((await load(folder)).classes).toEqual(['cat', 'dog', 'cow']);
    await writeFile(join(folder, 'classes.txt'), 'cat\ndog\n');
    const error = await errorOf(() => load(folder));
    expect(error.reason).toBe('CORRUPT_FILE');
    expect(error.message).toContain('train-labels-idx1-ubyte.gz: label 2 of sample 2 is not one of 0 to 1');
  });

  it('says which file of the folder is missing', async () => {
    const folder = await writeIdxFolder(await temporaryFolder());
    await rm(join(folder, 't10k-labels-idx1-ubyte.gz'));
    const error = await errorOf(() => load(folder));
    expect(error.violations[0]).toEqual({
      field: 'path',
      description: `"${folder}" has no file t10k-labels-idx1-ubyte(.gz); it must hold all four IDX files`,
    });
    expect((await errorOf(() => load(join(folder, 'none')))).message).toBe(
      `path: there is no folder "${folder}/none"`,
    );
  });

  it('does not guess between two sets in one folder', async () => {
    const folder = await writeIdxFolder(await temporaryFolder(), { prefix: 'a-' });
    await writeIdxFolder(folder, { prefix: 'b-' });
    expect((await errorOf(() => load(folder))).message).toContain('has several files like train-images');
  });

  it('refuses labels that are fewer than the images, and names both files', async () => {
    const folder = await writeIdxFolder(await temporaryFolder());
    const path = join(folder, 'train-labels-idx1-ubyte.gz');
    await writeFile(path, encodeIdx([3], new Uint8Array(3)));
    const error = await errorOf(() => load(folder));
    expect(error).toMatchObject({ reason: 'CORRUPT_FILE', metadata: { path } });
    expect(error.message).toContain(
      `holds 3 labels for the 4 images of ${folder}/train-images-idx3-ubyte.gz`,
    );
  });

  it('refuses a file of images in place of labels', async () => {
    const folder = await writeIdxFolder(await temporaryFolder());
    await writeFile(join(folder, 'train-labels-idx1-ubyte.gz'), encodeIdx([4, 1, 1], new Uint8Array(4)));
    expect((await errorOf(() => load(folder))).message).toContain('holds 4 x 1 x 1 in place of one label');
  });

  it('refuses a file that was cut short', async () => {
    const folder = await writeIdxFolder(await temporaryFolder(), { isGzip: false });
    await truncate(join(folder, 't10k-images-idx3-ubyte'), 20);
    const error = await errorOf(() => load(folder));
    expect(error.message).toMatch(
      /t10k-images-idx3-ubyte: its header .* promises 18 bytes, 4 follow; replace it/,
    );
  });
});
