import { describe, expect, it } from 'vitest';
import { fillBatch, loadDataSet, viewedAt } from './index.js';

const augmentation = { padCropPixels: 3, flip: true, cutoutPixels: 4, seed: 5 };
const data = await loadDataSet({ name: 'synthetic:12x12x3/4', trainLimit: 20, testLimit: 4 });
const raw = (seen: typeof data, view: number) =>
  fillBatch(seen, 'train', [3, 11, 7], view, augmentation, new Uint8Array(3 * seen.sampleSize));

describe('data that is seen smaller', () => {
  it('shows the same crop: each pixel is the mean of those it covers, whatever is done to the image', () => {
    const half = viewedAt(data, 6);
    expect([half.shape, half.sampleSize]).toEqual([[6, 6, 3], 108]);
    for (const view of [0, 1, 2]) {
      const [large, small] = [raw(data, view), raw(half, view)];
      for (let n = 0; n < 3; n += 1) {
        for (let place = 0; place < 108; place += 1) {
          const [y, x, c] = [Math.floor(place / 18), Math.floor(place / 3) % 6, place % 3];
          const covered = [0, 3, 36, 39].map((step) => large[n * 432 + 2 * y * 36 + 2 * x * 3 + c + step]);
          const mean = covered.reduce((sum, value) => sum + value, 0) / 4;
          expect(small[n * 108 + place]).toBe(Math.floor(mean + 0.5));
        }
      }
    }
  });

  it('keeps means at sides that do not divide', () => {
    const odd = raw(viewedAt(data, 5), 0);
    const whole = raw(data, 0);
    const mean = (pixels: Uint8Array) => pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    expect(Math.abs(mean(odd) - mean(whole))).toBeLessThan(0.3);
  });

  it('has the test images, the digest and the normalisation of what it is a view of', () => {
    const half = viewedAt(data, 6);
    expect([half.digest, half.normalization]).toEqual([data.digest, data.normalization]);
    const test = fillBatch(half, 'test', [1], 0);
    expect(test).toHaveLength(108);
    expect(viewedAt(half, 12)).toEqual(data);
    expect(viewedAt(data, undefined)).toBe(data);
  });

  it.each([13, -1, 2.5])('is refused at a side of %s', (side) => {
    expect(() => viewedAt(data, side)).toThrow(
      `viewPixels: must be a whole number up to the side of the images, 12; found ${side}`,
    );
  });
});
