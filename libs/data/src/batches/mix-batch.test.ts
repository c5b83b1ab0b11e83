import { describe, expect, it } from 'vitest';
import { fillBatch, loadDataSet } from '../index.js';
import { boxOfBatch } from './mix-batch.js';

const data = await loadDataSet({ name: 'synthetic:10x8x2/4', trainLimit: 40, testLimit: 4 });
const plain = { padCropPixels: 1, flip: true, cutoutPixels: 0, seed: 9 };
const batch = (indices: number[], view: number, cutmixAlpha: number) =>
  fillBatch(data, 'train', indices, view, { ...plain, cutmixAlpha }, new Uint8Array(indices.length * 160));

describe('cutmix of a batch', () => {
  it('takes one box of each image from its partner at the same place from the end', () => {
    const indices = [4, 17, 2, 39, 8];
    for (const view of [0, 1, 2, 3]) {
      const [apart, mixed] = [batch(indices, view, 0), batch(indices, view, 0.25)];
      const [top, bottom, left, right] = boxOfBatch({ seed: 9, view, indices }, 0.25, 10, 8);
      for (let place = 0; place < mixed.length; place += 1) {
        const [n, y, x] = [
          Math.floor(place / 160),
          Math.floor(place / 16) % 10,
          Math.floor((place % 16) / 2),
        ];
        const isInside = y >= top && y < bottom && x >= left && x < right;
        const source = isInside ? (4 - n) * 160 + (place % 160) : place;
        expect(mixed[place]).toBe(apart[source]);
      }
    }
  });

  it('follows from seed, view and batch, and from nothing else', () => {
    const box = (seed: number, view: number, indices: number[]) =>
      boxOfBatch({ seed, view, indices }, 0.25, 28, 28).join();
    expect(box(1, 2, [5, 6])).toBe(box(1, 2, [5, 6]));
    const boxes = [box(1, 2, [5, 6]), box(2, 2, [5, 6]), box(1, 3, [5, 6]), box(1, 2, [6, 5])];
    expect(new Set(boxes).size).toBeGreaterThan(2);
  });

  it('keeps from nothing to all of an image, half of it on average, most often one of the two', () => {
    const shares = Array.from({ length: 2000 }, (_, view) => {
      const [top, bottom, left, right] = boxOfBatch({ seed: 0, view, indices: [0] }, 0.25, 100, 100);
      return 1 - ((bottom - top) * (right - left)) / 10_000;
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    // More than half, since boxes are cut off at the borders.
    expect(mean).toBeGreaterThan(0.55);
    expect(mean).toBeLessThan(0.85);
    expect(shares.filter((share) => share > 0.95).length / 2000).toBeGreaterThan(0.25);
    expect(Math.min(...shares)).toBeLessThan(0.2);
  });

  it('refuses other shares than 0 to 1', () => {
    expect(() => batch([0, 1], 0, 2)).toThrow(
      'augmentation.cutmixAlpha: must be a number from 0 to 1, found 2',
    );
  });
});
