import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../expect-error.fixture.js';
import { fillBatch, loadDataSet, normalizePixels, type Augmentation, type LoadedData } from '../index.js';
import { draws, drawInteger, viewKey } from './sample-draws.js';

const none: Augmentation = { padCropPixels: 0, flip: false, cutoutPixels: 0, seed: 11 };
let data: LoadedData;

beforeAll(async () => {
  data = await loadDataSet({ name: 'synthetic:9x7x3/4', trainLimit: 64, testLimit: 4 });
  // No pixel of its own is 0, so that every 0 was put there.
  data.train.images.forEach((value, at) => (data.train.images[at] = Math.max(1, value)));
});

const raw = (index: number, view = 0, augmentation?: Augmentation, from = data) =>
  fillBatch(from, 'train', [index], view, augmentation, new Uint8Array(from.sampleSize));

const original = (index: number) =>
  data.train.images.slice(index * data.sampleSize, (index + 1) * data.sampleSize);

/** Pixel (y, x) of one image, 0 outside. */
function pixel(image: Uint8Array, y: number, x: number): string {
  const [height, width, channels] = data.shape;
  if (y < 0 || y >= height || x < 0 || x >= width) return '0,0,0';
  return image.subarray((y * width + x) * channels, (y * width + x + 1) * channels).join();
}

function pixelsWhere(holds: (y: number, x: number) => boolean): boolean {
  const [height, width] = data.shape;
  return Array.from({ length: height * width }, (_, at) => holds(Math.floor(at / width), at % width)).every(
    Boolean,
  );
}

const sample = fc.nat(63);
const view = fc.nat(1000);
const seed = fc.integer({ min: -(2 ** 31), max: 2 ** 31 });

describe('a batch', () => {
  it('is the samples as they are without augmentation, raw or normalised', () => {
    const indices = Int32Array.of(5, 0, 5, 63);
    const pixels = fillBatch(data, 'train', indices, 0, undefined, new Uint8Array(4 * data.sampleSize));
    expect(pixels).toEqual(Uint8Array.from([5, 0, 5, 63].flatMap((index) => [...original(index)])));
    expect(fillBatch(data, 'train', indices, 3, none)).toEqual(normalizePixels(pixels, data.normalization));
  });

  it('has the same pixels raw and normalised under any augmentation', () => {
    fc.assert(
      fc.property(
        sample,
        view,
        fc.nat(4),
        fc.boolean(),
        fc.nat(12),
        (index, v, padCropPixels, flip, cutoutPixels) => {
          const augmentation = { padCropPixels, flip, cutoutPixels, seed: 5 };
          const float = fillBatch(data, 'train', [index], v, augmentation);
          expect(float).toEqual(normalizePixels(raw(index, v, augmentation), data.normalization));
        },
      ),
    );
  });

  it('does to a sample what seed, view and index say, whatever else is in the batch', () => {
    const augmentation = { padCropPixels: 2, flip: true, cutoutPixels: 3, seed: 8 };
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 9 }), view, (indices, v) => {
        const together = fillBatch(
          data,
          'train',
          indices,
          v,
          augmentation,
          new Uint8Array(indices.length * data.sampleSize),
        );
        const apart = indices.flatMap((index) => [...raw(index, v, augmentation)]);
        expect([...together]).toEqual(apart);
      }),
    );
  });

  it('crops a shifted window within the padding, and pads with 0', () => {
    fc.assert(
      fc.property(sample, view, seed, fc.integer({ min: 1, max: 12 }), (index, v, s, padCropPixels) => {
        const image = raw(index, v, { ...none, padCropPixels, seed: s });
        const source = original(index);
        const shifts = Array.from({ length: 2 * padCropPixels + 1 }, (_, i) => i - padCropPixels);
        const isShifted = shifts.some((down) =>
          shifts.some((right) =>
            pixelsWhere((y, x) => pixel(image, y, x) === pixel(source, y + down, x + right)),
          ),
        );
        expect(isShifted).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('mirrors about half of the samples, and twice mirrored is as before', () => {
    const mirrored = { ...data, train: { ...data.train, images: new Uint8Array(data.train.images.length) } };
    let count = 0;
    for (let index = 0; index < 64; index += 1) {
      const image = raw(index, 4, { ...none, flip: true });
      mirrored.train.images.set(image, index * data.sampleSize);
      if (image.join() === original(index).join()) continue;
      count += 1;
      expect(
        pixelsWhere((y, x) => pixel(image, y, x) === pixel(original(index), y, data.shape[1] - 1 - x)),
      ).toBe(true);
    }
    expect(count).toBeGreaterThan(16);
    expect(count).toBeLessThan(48);
    for (let index = 0; index < 64; index += 1) {
      expect(raw(index, 4, { ...none, flip: true }, mirrored)).toEqual(original(index));
    }
  });

  it('cuts out one square of the side asked for, cut off at the border, and nothing else', () => {
    fc.assert(
      fc.property(sample, view, fc.integer({ min: 1, max: 20 }), (index, v, side) => {
        const image = raw(index, v, { ...none, cutoutPixels: side });
        const key = viewKey(none.seed, v);
        const [height, width] = data.shape;
        const top = drawInteger(key, index, draws.cutoutRow, height) - (side >> 1);
        const left = drawInteger(key, index, draws.cutoutColumn, width) - (side >> 1);
        const isInside = (y: number, x: number) => y >= top && y < top + side && x >= left && x < left + side;
        const source = original(index);
        expect(
          pixelsWhere((y, x) => pixel(image, y, x) === (isInside(y, x) ? '0,0,0' : pixel(source, y, x))),
        ).toBe(true);
        expect(isInside(Math.max(0, top), Math.max(0, left))).toBe(true);
      }),
    );
  });

  it('shows another image in another view and for another seed', () => {
    const augmentation = { padCropPixels: 4, flip: true, cutoutPixels: 4, seed: 1 };
    const looks = [0, 1, 2, 3].map((v) => raw(9, v, augmentation).join());
    expect(new Set([...looks, raw(9, 0, { ...augmentation, seed: 2 }).join()]).size).toBe(5);
  });

  it('keeps the crops of samples when flip is switched on', () => {
    const crop = { ...none, padCropPixels: 3 };
    for (let index = 0; index < 20; index += 1) {
      const [plain, both] = [raw(index, 1, crop), raw(index, 1, { ...crop, flip: true })];
      const isMirror = pixelsWhere((y, x) => pixel(both, y, x) === pixel(plain, y, data.shape[1] - 1 - x));
      expect(isMirror || both.join() === plain.join()).toBe(true);
    }
  });

  it('normalises like PyTorch, in single precision', () => {
    const normalization = { mean: [0.1307], std: [0.3081] };
    // torch.tensor([0, 255], dtype=torch.uint8).float().div(255).sub(0.1307).div(0.3081).tolist()
    const values = normalizePixels(Uint8Array.of(0, 255), normalization);
    expect([...values]).toEqual([-0.4242129623889923, 2.821486711502075]);
  });

  it.each([
    [[0, 1, 2, 64], 'indices[3]: must be 0 to 63 (the train split has 64 samples), found 64'],
    [[-1], 'indices[0]: must be 0 to 63 (the train split has 64 samples), found -1'],
    [[0, 0.5], 'indices[1]: must be 0 to 63 (the train split has 64 samples), found 0.5'],
    [[NaN], 'indices[0]: must be 0 to 63 (the train split has 64 samples), found NaN'],
  ])('refuses the indices %j', async (indices, message) => {
    const error = await errorOf(() => fillBatch(data, 'train', indices, 0));
    expect(error).toMatchObject({ reason: 'INDEX_OUT_OF_RANGE', message });
    expect(error.violations[0].field).toBe(message.slice(0, message.indexOf(':')));
  });

  it('refuses a wrong view, augmentation or room', async () => {
    const fields = async (action: () => unknown) =>
      (await errorOf(action)).violations.map(({ field }) => field);
    expect(await fields(() => fillBatch(data, 'train', [0], -1))).toEqual(['view']);
    const wrong = { padCropPixels: 33, flip: true, cutoutPixels: -1, seed: 0.5 };
    expect(await fields(() => fillBatch(data, 'train', [0], 0, wrong))).toEqual([
      'augmentation.padCropPixels',
      'augmentation.cutoutPixels',
      'augmentation.seed',
    ]);
    expect(await fields(() => fillBatch(data, 'train', [0], 0, undefined, new Float32Array(5)))).toEqual([
      'out',
    ]);
  });

  it('is empty for no indices', () => {
    expect(fillBatch(data, 'test', [], 0, none)).toHaveLength(0);
  });
});

describe('draws', () => {
  it('are spread evenly over samples, views and what they decide', () => {
    for (const bound of [2, 9, 32]) {
      for (const draw of Object.values(draws)) {
        const counts = new Array<number>(bound).fill(0);
        for (let v = 0; v < 20; v += 1) {
          const key = viewKey(7, v);
          for (let index = 0; index < 1000; index += 1) counts[drawInteger(key, index, draw, bound)] += 1;
        }
        const expected = 20_000 / bound;
        const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
        // Mean bound - 1, standard deviation sqrt(2 (bound - 1)): five deviations above.
        expect(chiSquare).toBeLessThan(bound - 1 + 5 * Math.sqrt(2 * (bound - 1)));
      }
    }
  });

  it('do not follow one another', () => {
    const flips = Array.from({ length: 4000 }, (_, i) => drawInteger(viewKey(1, 0), i, draws.flip, 2));
    const same = flips.filter((flip, i) => i > 0 && flip === flips[i - 1]).length;
    expect(Math.abs(same - 2000)).toBeLessThan(5 * Math.sqrt(1000));
    const rows = flips.filter((flip, i) => flip === drawInteger(viewKey(1, 0), i, draws.cropRow, 2)).length;
    expect(Math.abs(rows - 2000)).toBeLessThan(5 * Math.sqrt(1000));
  });
});
