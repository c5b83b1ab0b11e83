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
  for (let row = 0; row < image.height; row += 1) {
    const target = { data: narrow, start: row * width * channels, stride: channels };
    for (let channel = 0; channel < channels; channel += 1) {
      const source = { data: image.data, start: row * rowLength + channel, stride: channels };
      resizeLine(source, { ...target, start: target.start + channel }, columns);
    }
  }
  const data = new Float64Array(height * width * channels);
  const stride = width * channels;
  for (let place = 0; place < stride; place += 1) {
    const [source, target] = [narrow, data].map((values) => ({ data: values, start: place, stride }));
    resizeLine(source, target, rows);
  }
  return { height, width, channels, data };
}

interface Line {
  readonly data: Float64Array;
  readonly start: number;
  readonly stride: number;
}

function resizeLine(source: Line, target: Line, all: readonly Window[]): void {
  for (let index = 0; index < all.length; index += 1) {
    const { start, weights } = all[index];
    let at = source.start + start * source.stride;
    let sum = 0;
    for (let place = 0; place < weights.length; place += 1) {
      sum += weights[place] * source.data[at];
      at += source.stride;
    }
    target.data[target.start + index * target.stride] = sum;
  }
}

function windowsOf(from: number, to: number): readonly Window[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, index) => {
    const centre = scale * (index + 0.5);
    const start = Math.max(Math.trunc(centre - 2 * stretch + 0.5), 0);
    const end = Math.min(Math.trunc(centre + 2 * stretch + 0.5), from);
    const raw = Array.from({ length: end - start }, (__, place) =>
      cubic((start + place - centre + 0.5) / stretch),
    );
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { start, weights: Float64Array.from(raw, (weight) => weight / total) };
  });
}

/** Keys' kernel with a = -1/2. */
function cubic(x: number): number {
  const size = Math.abs(x);
  if (size < 1) return (1.5 * size - 2.5) * size * size + 1;
  if (size < 2) return ((-0.5 * size + 2.5) * size - 4) * size + 2;
  return 0;
}
