import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { errorOf } from './expect-error.fixture.js';
import { loadDataSet } from './index.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

const own = { name: 'synthetic:12x12x3/4', trainLimit: 30, testLimit: 8 } as const;
const cacheFolder = await mkdtemp(join(tmpdir(), 'lyceum-data-'));
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));
const load = (trainFrom: { name: string; path?: string; trainLimit?: number }, spec = {}) =>
  loadDataSet({ ...own, ...spec, trainFrom }, { cacheFolder });

async function photo(format: 'png' | 'jpeg' | 'webp'): Promise<string> {
  const path = join(await temporaryFolder(), `photo.${format}`);
  const noise = { type: 'gaussian', mean: 120, sigma: 60 } as const;
  const image = sharp({ create: { width: 90, height: 70, channels: 3, background: '#888', noise } });
  await writeFile(path, await image.toFormat(format).toBuffer());
  return path;
}

describe('training images of another set', () => {
  it('stand beside the test images, classes and normalisation of the set, without labels', async () => {
    const plain = await loadDataSet(own);
    const data = await load({ name: 'noise:3', trainLimit: 50 });
    expect(data.train).toMatchObject({ count: 50, isUnlabelled: true });
    expect(new Set(data.train.labels)).toEqual(new Set([-1]));
    expect(data.train.images.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(data.test).toEqual(plain.test);
    expect([data.classes, data.normalization]).toEqual([plain.classes, plain.normalization]);
    expect(data.digest).not.toBe(plain.digest);
  });

  it('are those of a set with labels too, which are left out', async () => {
    const data = await load({ name: 'synthetic:12x12x3/2', trainLimit: 6 });
    expect([...data.train.labels]).toEqual([-1, -1, -1, -1, -1, -1]);
  });

  it('are made of a photograph, in any number, the same every time', async () => {
    const path = await photo('png');
    const data = await load({ name: 'one-image', path, trainLimit: 40 });
    expect(data.train.images).toHaveLength(40 * 432);
    const kept = await readdir(join(cacheFolder, 'one-image'));
    expect((await load({ name: 'one-image', path, trainLimit: 40 })).digest).toBe(data.digest);
    expect(await readdir(join(cacheFolder, 'one-image'))).toEqual(kept);
    const elsewhere = { cacheFolder: await temporaryFolder() };
    const again = await loadDataSet(
      { ...own, trainFrom: { name: 'one-image', path, trainLimit: 40 } },
      elsewhere,
    );
    expect(again.digest).toBe(data.digest);
    const few = await load({ name: 'one-image', path, trainLimit: 10 });
    expect(few.train.images).toEqual(data.train.images.slice(0, 10 * 432));
    expect((await load({ name: 'one-image:1', path, trainLimit: 40 })).digest).not.toBe(data.digest);
  });

  it('are jittered in half of the cases, and black where the picture was turned away', async () => {
    const path = join(await temporaryFolder(), 'plain.png');
    await sharp({ create: { width: 64, height: 64, channels: 3, background: '#ff0000' } })
      .png()
      .toFile(path);
    const { train } = await load({ name: 'one-image', path, trainLimit: 200 });
    const pixels = (place: number) =>
      Array.from({ length: 200 }, (_, n) =>
        train.images.subarray(n * 432 + place, n * 432 + place + 3).join(),
      );
    const unchanged = pixels(234).filter((pixel) => pixel === '255,0,0').length;
    expect(unchanged).toBeGreaterThan(60);
    expect(unchanged).toBeLessThan(140);
    expect(pixels(0).filter((pixel) => pixel === '0,0,0').length).toBeGreaterThan(2);
    expect(pixels(234).filter((pixel) => pixel === '0,0,0')).toEqual([]);
  });

  it.each(['jpeg', 'webp'] as const)(
    'may come from a photograph as %s, and are grey beside grey ones',
    async (format) => {
      const path = await photo(format);
      const data = await load({ name: 'one-image', path, trainLimit: 5 }, { name: 'synthetic:12x12x1/4' });
      expect(data.train.images).toHaveLength(5 * 144);
      expect(new Set(data.train.images).size).toBeGreaterThan(50);
    },
  );

  it('are made of a picture with much detail where there is no photograph', async () => {
    const { train } = await load({ name: 'one-image', trainLimit: 20 }, { name: 'synthetic:28x28x1/4' });
    const spreads = Array.from({ length: 20 }, (_, n) => {
      const pixels = [...train.images.subarray(n * 784, (n + 1) * 784)];
      const mean = pixels.reduce((sum, value) => sum + value, 0) / 784;
      return Math.sqrt(pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 784);
    });
    expect(Math.min(...spreads)).toBeGreaterThan(10);
  });

  it('are refused where they can not be', async () => {
    const message = async (...options: Parameters<typeof load>) =>
      (await errorOf(() => load(...options))).message;
    expect(await message({ name: 'one-imag' })).toContain('trainFrom.name');
    expect(await message({ name: 'one-image', path: '/none.png' })).toContain(
      'trainFrom.path: cannot read the photograph "/none.png"',
    );
    expect(await message({ name: 'noise', path: '/some' })).toContain('trainFrom.path: "noise" is made up');
    expect(await message({ name: 'noise:x' })).toContain('trainFrom.name: must be noise:SEED');
    expect(await message({ name: 'noise', trainLimit: 2 ** 30 })).toContain('trainFrom.trainLimit: may be');
    expect(await message({ name: 'synthetic:28x28x1/4', trainLimit: 5 })).toContain(
      'trainFrom.name: its images are 28 x 28 x 1, those it is to stand beside 12 x 12 x 3',
    );
    const text = join(await temporaryFolder(), 'text.png');
    await writeFile(text, 'no picture');
    expect(await errorOf(() => load({ name: 'one-image', path: text, trainLimit: 2 }))).toMatchObject({
      reason: 'CORRUPT_FILE',
    });
    const alone = await errorOf(() => loadDataSet({ name: 'one-image' }));
    expect(alone.message).toContain(
      'name: "one-image" has neither classes nor test images; name it under `trainFrom`',
    );
  });
});
