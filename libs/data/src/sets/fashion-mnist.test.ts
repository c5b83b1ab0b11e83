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

const fromDebian = debianPackage('dataset-fashion-mnist', '/usr/share/datasets/fashion-mnist', idxFileNames);

/** Runs an action as on a machine whose apt is configured so. */
async function underAptConfiguration(
  folder: string,
  text: string,
  action: () => Promise<void>,
): Promise<void> {
  const path = join(folder, 'machine.conf');
  await writeFile(path, text);
  process.env.APT_CONFIG = path;
  try {
    await action();
  } finally {
    delete process.env.APT_CONFIG;
  }
}

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

// What these tests fetch may take long on a slow line.
describe('Fashion-MNIST', { timeout: 300_000 }, () => {
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
    await fromDebian.fetch(folder, (progress) => steps.push(progress));
    expect((await readdir(folder)).sort()).toEqual([...idxFileNames].sort());
    checkIsFashionMnist(await loadDataSet({ name: 'fashion-mnist', path: folder }));
    expect(steps.map(({ step }) => step)).toContain('fetching Debian package dataset-fashion-mnist');
  });

  it.skipIf(!hasApt)('comes through package lists of our own where the system has none', async () => {
    const folder = await temporaryFolder();
    await underAptConfiguration(folder, `Dir::State::lists "${folder}/lists";`, () =>
      fromDebian.fetch(folder, () => {}),
    );
    expect((await loadDataSet({ name: 'fashion-mnist', path: folder })).digest).toBe(digest);
    // What stands for the system's own lists was not written to.
    expect(await readdir(folder)).not.toContain('lists');
  });

  it('says that apt does not know the package', async () => {
    const folder = await temporaryFolder();
    const noSources = 'Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "/dev/null";';
    const failure = underAptConfiguration(folder, `${noSources} Dir::State::lists "${folder}/lists";`, () =>
      fromDebian.fetch(folder, () => {}),
    );
    await expect(failure).rejects.toThrow(hasApt ? 'Unable to locate package' : 'apt-get is not installed');
  });

  it('refuses another set of IDX files under its name', async () => {
    const path = await writeIdxFolder(await temporaryFolder());
    const error = await errorOf(() => loadDataSet({ name: 'fashion-mnist', path }));
    expect(error.reason).toBe('CORRUPT_FILE');
    expect(error.message).toContain('images of 3 x 3 x 1 in place of 28 x 28 x 1; use the data set "idx"');
  });
});
