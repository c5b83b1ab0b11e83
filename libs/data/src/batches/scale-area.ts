import type { Shape } from '../data-set.js';

/** The source places that one target place covers, each with the length that is covered, in parts of the target's size. */
interface Cover {
  readonly start: number;
  readonly lengths: Float64Array;
}

/**
 * Shrinks images: each pixel is the mean of the area that it covers, rounded as when pixels are stored as bytes. Sums of
 * whole numbers, so the same on every machine.
 * @param count how many images; `from` and `to` hold them one after another.
 */
export function scaleArea(
  from: Uint8Array,
  source: Shape,
  to: Uint8Array,
  target: Shape,
  count: number,
): void {
  const [height, width, channels] = source;
  const [rows, columns] = [coversOf(height, target[0]), coversOf(width, target[1])];
  const narrow = new Float64Array(height * target[1] * channels);
  const area = height * width;
  for (let n = 0; n < count; n += 1) {
    narrowRows(from.subarray(n * area * channels), narrow, source, columns);
    const stride = target[1] * channels;
    for (let y = 0; y < rows.length; y += 1) {
      const { start, lengths } = rows[y];
      for (let x = 0; x < stride; x += 1) {
        let sum = 0;
        for (let i = 0; i < lengths.length; i += 1) sum += lengths[i] * narrow[(start + i) * stride + x];
        to[(n * rows.length + y) * stride + x] = Math.floor((2 * sum + area) / (2 * area));
      }
    }
  }
}

function narrowRows(
  from: Uint8Array,
  narrow: Float64Array,
  [height, width, channels]: Shape,
  columns: readonly Cover[],
): void {
  let place = 0;
  for (let y = 0; y < height; y += 1) {
    for (const { start, lengths } of columns) {
      for (let c = 0; c < channels; c += 1) {
        let sum = 0;
        for (let i = 0; i < lengths.length; i += 1)
          sum += lengths[i] * from[(y * width + start + i) * channels + c];
        narrow[place++] = sum;
      }
    }
  }
}

/** In units in which a source place is `to` long and a target place `from`. */
function coversOf(from: number, to: number): readonly Cover[] {
  return Array.from({ length: to }, (_, index) => {
    const [first, end] = [index * from, (index + 1) * from];
    const start = Math.floor(first / to);
    const stop = Math.ceil(end / to);
    const lengths = Float64Array.from({ length: stop - start }, (__, i) => {
      const place = start + i;
      return Math.min(end, (place + 1) * to) - Math.max(first, place * to);
    });
    return { start, lengths };
  });
}
