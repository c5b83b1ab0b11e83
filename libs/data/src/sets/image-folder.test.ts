import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../expect-error.fixture.js';
import { loadDataSet } from '../index.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';

type Colour = { r: number; g: number; b: number };

async function draw(
  path: string,
  colour: Colour,
  { width = 8, height = 8, isGrey = false } = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const image = sharp({ create: { width, height, channels: 3, background: colour } });
  await (isGrey ? image.toColourspace('b-w') : image).toFile(path);
}

const red = { r: 250, g: 0, b: 0 };
const blue = { r: 0, g: 0, b: 250 };
const grey = { r: 90, g: 90, b: 90 };

const load = (path: string, options = {}) => loadDataSet({ name: 'image-folder', path, ...options });

describe('a folder of images', () => {
  it('is read in the order of its names, whatever their formats', async () => {
    const folder = await temporaryFolder();
    await draw(join(folder, 'train/red/b.png'), red);
    await draw(join(folder, 'train/red/a.webp'), { ...red, r: 120 });
    await draw(join(folder, 'train/blue/x.jpg'), blue);
    await draw(join(folder, 'test/red/y.jpeg'), red);
    await writeFile(join(folder, 'train/red/notes.txt'), 'no image');
    await writeFile(join(folder, 'train/red/.hidden.png'), 'no image');
    const data = await load(folder);
    expect(data).toMatchObject({ shape: [8, 8, 3], classes: ['blue', 'red'] });
    expect([...data.train.labels]).toEqual([0, 1, 1]);
    expect([...data.test.labels]).toEqual([1]);
    const firstPixels = [0, 1, 2].map((i) => data.train.images[i * 192]);
    expect(firstPixels[0]).toBeLessThan(10);
    expect(Math.abs(firstPixels[1] - 120)).toBeLessThan(6);
    expect(firstPixels[2]).toBe(250);
  });

  it('resizes the middle of each image', async () => {
    const folder = await temporaryFolder();
    for (const name of ['a', 'b']) {
      const bars = await sharp({ create: { width: 30, height: 10, channels: 3, background: red } })
        .composite([
          { input: { create: { width: 10, height: 10, channels: 3, background: blue } }, left: 10, top: 0 },
        ])
        .png()
        .toBuffer();
      await mkdir(join(folder, 'train', name), { recursive: true });
      await writeFile(join(folder, 'train', name, '1.png'), bars);
      await draw(join(folder, 'train', name, '2.png'), blue, { width: 5, height: 20 });
    }
    const data = await load(folder, { imagePixels: 10 });
    expect(data.shape).toEqual([10, 10, 3]);
    for (let at = 0; at < data.train.images.length; at += 3) {
      expect(data.train.images[at]).toBeLessThan(5);
      expect(data.train.images[at + 2]).toBeGreaterThan(245);
    }
  });

  it('keeps one channel when all images are grey, and makes three of them otherwise', async () => {
    const folder = await temporaryFolder();
    for (const name of ['a/1.png', 'a/2.png', 'b/1.png', 'b/2.png'])
      await draw(join(folder, name), grey, { isGrey: true });
    const plain = await load(folder);
    expect(plain.shape).toEqual([8, 8, 1]);
    expect(plain.train.images[0]).toBe(90);
    await draw(join(folder, 'b/3.png'), red);
    const mixed = await load(folder);
    expect(mixed.shape).toEqual([8, 8, 3]);
    expect([...mixed.train.images.subarray(0, 3)]).toEqual([90, 90, 90]);
  });

  it('sets apart the same fifth of each class every time', async () => {
    const folder = await temporaryFolder();
    for (let i = 0; i < 10; i += 1) {
      await draw(join(folder, `a/${i}.png`), { r: i, g: 0, b: 0 });
      await draw(join(folder, `b/${i}.png`), { r: 100 + i, g: 0, b: 0 });
    }
    const data = await load(folder);
    const values = (images: Uint8Array) =>
      Array.from({ length: images.length / 192 }, (_, i) => images[i * 192]);
    const [train, test] = [values(data.train.images), values(data.test.images)];
    expect([...data.test.labels]).toEqual([0, 0, 1, 1]);
    expect([...train, ...test].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => (i < 10 ? i : 90 + i)),
    );
    await rename(join(folder, 'a'), join(folder, 'moved'));
    await rename(join(folder, 'moved'), join(folder, 'a'));
    expect((await load(folder)).digest).toBe(data.digest);
  });

  it('decodes only what the limits choose', async () => {
    const folder = await temporaryFolder();
    for (const name of ['a', 'b']) await draw(join(folder, 'train', name, '1.png'), red);
    await writeFile(join(folder, 'train/a/2.png'), 'broken');
    await draw(join(folder, 'test/a/1.png'), red);
    expect((await load(folder, { trainLimit: 2 })).train.count).toBe(2);
  });

  it.each([
    ['is no image at all', (path: string) => writeFile(path, 'this is text')],
    ['is empty', (path: string) => writeFile(path, '')],
    [
      'is cut short',
      async (path: string) => {
        const noise = sharp({
          create: {
            width: 64,
            height: 64,
            channels: 3,
            background: red,
            noise: { type: 'gaussian', mean: 99, sigma: 50 },
          },
        });
        const whole = await noise.png().toBuffer();
        await writeFile(path, whole.subarray(0, whole.length / 2));
      },
    ],
  ])('names the image that %s', async (_, spoil) => {
    const folder = await temporaryFolder();
    for (const name of ['a/1.png', 'a/3.png', 'b/1.png', 'b/2.png'])
      await draw(join(folder, name), red, { width: 64, height: 64 });
    const path = join(folder, 'a/2.png');
    await spoil(path);
    const error = await errorOf(() => load(folder));
    expect(error).toMatchObject({ reason: 'CORRUPT_FILE', metadata: { path } });
    expect(error.message).toContain('replace it by an intact copy, or remove it');
  });

  it('is resized to 32 pixels unless its images are small and of one size', async () => {
    const folder = await temporaryFolder();
    for (const name of ['a/1.png', 'a/2.png', 'b/1.png']) await draw(join(folder, name), red);
    await draw(join(folder, 'b/2.png'), red, { width: 9, height: 8 });
    expect((await load(folder)).shape).toEqual([32, 32, 3]);
    const large = await temporaryFolder();
    for (const name of ['a/1.png', 'a/2.png', 'b/1.jpg', 'b/2.jpg'])
      await draw(join(large, name), grey, { width: 200, height: 100, isGrey: true });
    expect((await load(large)).shape).toEqual([32, 32, 1]);
    expect((await load(large, { imagePixels: 48 })).shape).toEqual([48, 48, 1]);
  });

  it('hardly moves images from one split to the other when further ones come', async () => {
    const folder = await temporaryFolder();
    const value = (name: string, i: number) => ({ r: (name === 'a' ? 0 : 100) + i, g: 0, b: 0 });
    for (let i = 0; i < 20; i += 1)
      for (const name of ['a', 'b']) await draw(join(folder, `${name}/${i}.png`), value(name, i));
    const tested = async () => {
      const { images, count } = (await load(folder)).test;
      return Array.from({ length: count }, (_, i) => images[i * 192]);
    };
    const before = await tested();
    await draw(join(folder, 'a/20.png'), value('a', 20));
    const after = await tested();
    expect(before).toHaveLength(8);
    expect(after).toHaveLength(8);
    expect(before.filter((one) => after.includes(one)).length).toBeGreaterThanOrEqual(7);
  });

  it('says what is wrong with a folder that is not one of classes', async () => {
    const folder = await temporaryFolder();
    expect((await errorOf(() => load(join(folder, 'none')))).message).toContain('there is no folder');
    expect((await errorOf(() => load(folder))).message).toContain(
      'has 0 folders; it needs one for each class',
    );
    const lonely = await temporaryFolder();
    for (const name of ['a/1.png', 'a/2.png', 'b/1.png']) await draw(join(lonely, name), red);
    expect((await errorOf(() => load(lonely))).message).toContain(
      '/b" has 1 image; a class needs at least 2, one of them for testing',
    );
    await draw(join(folder, 'train/a/1.png'), red);
    await mkdir(join(folder, 'train/b'));
    expect((await errorOf(() => load(folder))).message).toContain('/train/b" has no PNG, JPEG or WebP image');
    await draw(join(folder, 'train/b/1.png'), red);
    await draw(join(folder, 'val/c/1.png'), red);
    expect((await errorOf(() => load(folder))).message).toContain('/val/c" is a class that');
  });
});
