import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { errorOf } from './expect-error.fixture.js';
import { isDataSetName, listDataSets, loadDataSet } from './index.js';

const tiny = { name: 'synthetic:4x5x3/3', trainLimit: 7, testLimit: 2 };

describe('loading by name', () => {
  it('suggests the nearest name for one that does not exist', async () => {
    const error = await errorOf(() => loadDataSet({ name: 'fashon-mnist' }));
    expect(error).toMatchObject({ reason: 'UNKNOWN_NAME' });
    expect(error.violations[0].field).toBe('name');
    expect(error.message).toContain('did you mean "fashion-mnist"');
  });

  it('knows the names that it lists, each once', () => {
    const names = listDataSets().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, description, origin } of listDataSets()) {
      expect(isDataSetName(name)).toBe(true);
      expect(description.length + origin.length).toBeGreaterThan(20);
    }
    expect(isDataSetName('synthetic:8x8x1/2')).toBe(true);
    expect(isDataSetName('mnist:8x8x1')).toBe(false);
    expect(isDataSetName('imagenet')).toBe(false);
  });

  it('names every wrong field at once', async () => {
    const spec = { name: 'mnist', trainLimit: -1, testLimit: 1.5, imagePixels: 32 };
    const { reason, violations } = await errorOf(() => loadDataSet(spec));
    expect(reason).toBe('INVALID_FIELD');
    expect(violations.map(({ field }) => field)).toEqual(['trainLimit', 'testLimit', 'imagePixels']);
  });

  it('asks for a path where one is needed, and refuses one where none is', async () => {
    expect((await errorOf(() => loadDataSet({ name: 'idx' }))).violations[0].field).toBe('path');
    expect((await errorOf(() => loadDataSet({ ...tiny, path: '/x' }))).violations[0].field).toBe('path');
    expect((await errorOf(() => loadDataSet({ name: 'mnist:1' }))).violations[0].field).toBe('name');
  });

  it('takes 0 and empty text for "not given", as messages have them', async () => {
    const data = await loadDataSet({ ...tiny, path: '', imagePixels: 0 });
    expect(data.train.count).toBe(7);
  });

  it('shares its memory with worker threads instead of copying', async () => {
    const data = await loadDataSet(tiny);
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      workerData.train.images[5] = 123;
      workerData.test.labels[1] = 77;
      parentPort.postMessage(workerData.digest);
    `;
    const worker = new Worker(code, { eval: true, workerData: data });
    const digest = await new Promise((resolve, reject) =>
      worker.once('message', resolve).once('error', reject),
    );
    await worker.terminate();
    expect(digest).toBe(data.digest);
    expect(data.train.images[5]).toBe(123);
    expect(data.test.labels[1]).toBe(77);
  });
});

describe('the data set "synthetic"', () => {
  it('has the shape, classes and counts asked for', async () => {
    const data = await loadDataSet(tiny);
    expect(data).toMatchObject({
      shape: [4, 5, 3],
      sampleSize: 60,
      classes: ['class 0', 'class 1', 'class 2'],
    });
    expect([...data.train.labels]).toEqual([0, 1, 2, 0, 1, 2, 0]);
    expect(data.test.images).toHaveLength(120);
  });

  it('gives a sample the same pixels under any limit, and others for another seed', async () => {
    const [small, large, other] = await Promise.all([
      loadDataSet(tiny),
      loadDataSet({ ...tiny, trainLimit: 9 }),
      loadDataSet({ ...tiny, name: 'synthetic:4x5x3/3/1' }),
    ]);
    expect(large.train.images.subarray(0, 420)).toEqual(small.train.images);
    expect(other.train.images).not.toEqual(small.train.images);
  });

  it('is 32x32x3 with 10 classes unless its name or imagePixels say otherwise', async () => {
    const plain = await loadDataSet({ name: 'synthetic', trainLimit: 1, testLimit: 1 });
    expect([plain.shape, plain.classes.length]).toEqual([[32, 32, 3], 10]);
    const resized = await loadDataSet({ name: 'synthetic', trainLimit: 1, testLimit: 1, imagePixels: 8 });
    expect(resized.shape).toEqual([8, 8, 3]);
  });

  it.each([
    [{ trainLimit: 2_000_000_000 }, ['trainLimit']],
    [{ trainLimit: 800_000, testLimit: 800_000 }, ['trainLimit', 'testLimit']],
    [{ trainLimit: 400_000, testLimit: 400_000 }, ['trainLimit']],
    [{ name: 'synthetic:1024x1024x16/2', trainLimit: 1, testLimit: 200 }, ['testLimit']],
    [{ imagePixels: 1025 }, ['imagePixels']],
  ])('refuses %j, which would fill the memory', async (change, fields) => {
    const { violations } = await errorOf(() => loadDataSet({ name: 'synthetic', ...change }));
    expect(violations.map(({ field }) => field)).toEqual(fields);
  });

  it.each(['synthetic:', 'synthetic:32', 'synthetic:0x8x1', 'synthetic:8x8x1/0', 'synthetic:8x8x99'])(
    'refuses the name %s',
    async (name) => {
      expect((await errorOf(() => loadDataSet({ name }))).violations[0].field).toBe('name');
    },
  );
});
