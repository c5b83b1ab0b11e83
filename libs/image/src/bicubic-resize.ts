import type { HostImage } from './host-image.js';

/** The source places that one target place is a weighted mean of. */
interface Window {
  readonly start: number;
  readonly weights: Float64Array;
}

/**
 * Resizes an image, bicubic with the kernel of a = -1/2, widened when shrinking so that it does not alias: what Pillow
 * and torchvision's `antialias` compute. Values may leave 0..1.
 */
export function bicubicResize(image: HostImage, height: number, width: number): HostImage {
  const { channels } = image;
  const narrow = new Float64Array(image.height * width * channels);
  const rowLength = image.width * channels;
  const [columns, rows] = [windowsOf(image.width, width), windowsOf(image.height, height)];
  // Columns first: of all rows, then of the few that are left.
  for (let row = 0; row < image.height; row += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const [from, to] = [row * rowLength + channel, row * width * channels + channel];
      resizeLine(image.data, from, narrow, to, channels, columns);
    }
  }
  const data = new Float64Array(height * width * channels);
  const stride = width * channels;
  for (let place = 0; place < stride; place += 1) resizeLine(narrow, place, data, place, stride, rows);
  return { height, width, channels, data };
}

/** Resizes values that stand `stride` apart, from one place on in the source and in the target. */
function resizeLine(
  source: Float64Array,
  from: number,
  target: Float64Array,
  to: number,
  stride: number,
  all: readonly Window[],
): void {
  for (let index = 0; index < all.length; index += 1) {
    const { start, weights } = all[index];
    let at = from + start * stride;
    let sum = 0;
    for (let place = 0; place < weights.length; place += 1) {
      sum += weights[place] * source[at];
      at += stride;
    }
    target[to + index * stride] = sum;
  }
}

function windowsOf(from: number, to: number): readonly Window[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, index) => {
    const centre = scale * (index + 0.5);
    const start = Math.max(Math.trunc(centre - 2 * stretch + 0.5), 0);
    const end = Math.min(Math.trunc(centre + 2 * stretch + 0.5), from);
    const weights = new Float64Array(end - start);
    let total = 0;
    for (let place = 0; place < weights.length; place += 1) {
      weights[place] = cubic((start + place - centre + 0.5) / stretch);
      total += weights[place];
    }
    for (let place = 0; place < weights.length; place += 1) weights[place] /= total;
    return { start, weights };
  });
}

/** Keys' kernel with a = -1/2. */
function cubic(x: number): number {
  const size = Math.abs(x);
  if (size < 1) return (1.5 * size - 2.5) * size * size + 1;
  if (size < 2) return ((-0.5 * size + 2.5) * size - 4) * size + 2;
  return 0;
}
