import { spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../expect-error.fixture.js';
import { writeIdxFolder } from '../idx.fixture.js';
import { loadDataSet, type DataProgress, type LoadedData } from '../index.js';
import { measureNormalization } from '../measure-normalization.js';
import { debianPackage } from '../supply/debian-package.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { idxFileNames } from './idx-set.js';

/** Content of the published set, however it was packed. */
const digest = 'sha256:870e2a3b84242853211a1debcc4d01299b34893c768013037f458b3e44d2b0e7';

const hasApt =
  spawnSync('apt-get', ['--version']).status === 0 && spawnSync('dpkg-deb', ['--version']).status === 0;

function checkIsFashionMnist(data: LoadedData): void {
  expect(data.shape).toEqual([28, 28, 1]);
  expect(data.classes).toHaveLength(10);
  for (const [split, count] of [
    [data.train, 60000],
    [data.test, 10000],
  ] as const) {
    const perClass = new Array<number>(10).fill(0);
    for (const label of split.labels) perClass[label] += 1;
    expect(split.count).toBe(count);
    expect(perClass).toEqual(new Array(10).fill(count / 10));
    expect(split.images).toHaveLength(count * 784);
  }
  expect([...data.train.labels.subarray(0, 8)]).toEqual([9, 0, 0, 3, 0, 2, 7, 2]);
  expect(data.digest).toBe(digest);
}

describe('Fashion-MNIST', () => {
  it('is found or fetched by its name alone', async () => {
    checkIsFashionMnist(await loadDataSet({ name: 'fashion-mnist' }));
  });

  it('has the normalization that its training images measure', async () => {
    const data = await loadDataSet({ name: 'fashion-mnist', testLimit: 10 });
    const measured = measureNormalization(data.train.images, 1);
    expect(measured.mean[0]).toBeCloseTo(data.normalization.mean[0], 3);
    expect(measured.std[0]).toBeCloseTo(data.normalization.std[0], 3);
  });

  it('is cut to the same number of each class', async () => {
    const data = await loadDataSet({ name: 'fashion-mnist', trainLimit: 1000, testLimit: 25 });
    const perClass = new Array<number>(10).fill(0);
    for (const label of data.train.labels) perClass[label] += 1;
    expect(perClass).toEqual(new Array(10).fill(100));
    expect(data.test.count).toBe(25);
  });

  it.skipIf(!hasApt)('comes out of its Debian package without root', async () => {
    const folder = await temporaryFolder();
    const steps: DataProgress[] = [];
    const fetcher = debianPackage('dataset-fashion-mnist', '/usr/share/datasets/fashion-mnist', idxFileNames);
    await fetcher.fetch(folder, (progress) => steps.push(progress));
    expect((await readdir(folder)).sort()).toEqual([...idxFileNames].sort());
    checkIsFashionMnist(await loadDataSet({ name: 'fashion-mnist', path: folder }));
    expect(steps.map(({ step }) => step)).toContain('fetching Debian package dataset-fashion-mnist');
  });

  it.skipIf(!hasApt)(
    'comes through package lists of our own where the system has none, and leaves the system alone',
    async () => {
      const folder = await temporaryFolder();
      const bare = join(folder, 'apt.conf');
      await writeFile(bare, `Dir::State::lists "${folder}/lists";`);
      process.env.APT_CONFIG = bare;
      try {
        const fetcher = debianPackage(
          'dataset-fashion-mnist',
          '/usr/share/datasets/fashion-mnist',
          idxFileNames,
        );
        await fetcher.fetch(folder, () => {});
      } finally {
        delete process.env.APT_CONFIG;
      }
      expect((await loadDataSet({ name: 'fashion-mnist', path: folder })).digest).toBe(digest);
      expect(await readdir(folder)).not.toContain('lists');
    },
  );

  it('says that apt does not know a package', async () => {
    const fetcher = debianPackage('dataset-that-is-not-there', '/usr/share', ['x']);
    const failure = fetcher.fetch(await temporaryFolder(), () => {});
    await expect(failure).rejects.toThrow(hasApt ? 'Unable to locate package' : 'apt-get is not installed');
  });

  it('refuses another set of IDX files under its name', async () => {
    const path = await writeIdxFolder(await temporaryFolder());
    const error = await errorOf(() => loadDataSet({ name: 'fashion-mnist', path }));
    expect(error.reason).toBe('CORRUPT_FILE');
    expect(error.message).toContain('images of 3 x 3 x 1 in place of 28 x 28 x 1; use the data set "idx"');
  });
});
