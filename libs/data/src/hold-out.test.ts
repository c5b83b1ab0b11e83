import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { errorOf } from './expect-error.fixture.js';
import { loadDataSet } from './index.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

const tiny = { name: 'synthetic:4x4x1/5', trainLimit: 20, testLimit: 5 };

const rows = ({ images }: { images: Uint8Array }): string[] =>
  Array.from({ length: images.length / 16 }, (_, i) => images.subarray(16 * i, 16 * i + 16).join());

describe('samples that are held out', () => {
  it('are as many of each class, none of them trained on', async () => {
    const { train, validation } = await loadDataSet({ ...tiny, validation: 10 });
    const counts = [0, 1, 2, 3, 4].map((label) => validation?.labels.filter((own) => own === label).length);
    expect(counts).toEqual([2, 2, 2, 2, 2]);
    const trained = new Set(rows(train));
    expect(rows(validation ?? train).filter((row) => trained.has(row))).toEqual([]);
  });

  it('leave what is trained on, its normalisation and its digest as they are without them', async () => {
    const [without, beside] = [await loadDataSet(tiny), await loadDataSet({ ...tiny, validation: 10 })];
    expect(beside.digest).toBe(without.digest);
    expect(beside.normalization).toEqual(without.normalization);
    expect(without.validation).toBeUndefined();
  });

  it('are taken from all samples where no limit is given', async () => {
    const { trainLimit, ...all } = tiny;
    const data = await loadDataSet({ ...all, validation: 10 });
    expect([data.train.count, data.validation?.count]).toEqual([9990, 10]);
    const told = await loadDataSet({ ...all, trainLimit: data.train.count });
    expect([trainLimit, told.digest]).toEqual([20, data.digest]);
  });

  it('keep to the classes that are kept, labelled anew', async () => {
    const { validation } = await loadDataSet({ ...tiny, classes: [4, 1], trainLimit: 5, validation: 5 });
    expect([...(validation?.labels ?? [])].sort()).toEqual([0, 1]);
  });

  it('have the shape of what is trained on, where the images of a folder decide it', async () => {
    const folder = await temporaryFolder();
    const draw = async (path: string, side: number) => {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      const image = sharp({ create: { width: side, height: side, channels: 3, background: '#c33' } });
      await image.png().toFile(join(folder, path));
    };
    for (const name of ['train/a/1', 'train/a/2', 'train/b/1', 'train/b/2', 'test/a/1'])
      await draw(`${name}.png`, 8);
    // Read with all test images only, and then all are resized.
    await draw('test/b/1.png', 9);
    const data = await loadDataSet({ name: 'image-folder', path: folder, validation: 2 });
    expect([data.shape, data.train.count, data.validation?.count]).toEqual([[32, 32, 3], 2, 2]);
    expect(data.validation?.images.length).toBe(2 * 32 * 32 * 3);
  });

  it('are refused where there are not that many', async () => {
    const error = await errorOf(() => loadDataSet({ name: 'synthetic:4x4x1/5', validation: 10_000 }));
    expect(error.violations).toEqual([
      {
        field: 'validation',
        description: 'must be at most 9999, the training samples left to hold out, found 10000',
      },
    ]);
  });
});
