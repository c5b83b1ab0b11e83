import { buildImage, type HostImage } from './host-image.js';

interface Window {
  readonly start: number;
  readonly weights: readonly number[];
}

/**
 * Resizes an image, bicubic with the kernel of a = -1/2, widened when shrinking so that it does not alias: what Pillow
 * and torchvision's `antialias` compute. Values may leave 0..1.
 */
export function bicubicResize(image: HostImage, height: number, width: number): HostImage {
  const { channels } = image;
  const columns = windows(image.width, width);
  const rows = windows(image.height, height);
  const narrow = buildImage(image.height, width, channels, (row, column, channel) => {
    const start = row * image.width * channels + channel;
    return weighted(columns[column], (place) => image.data[start + place * channels]);
  });
  return buildImage(height, width, channels, (row, column, channel) => {
    const start = column * channels + channel;
    return weighted(rows[row], (place) => narrow.data[start + place * width * channels]);
  });
}

function weighted({ start, weights }: Window, valueAt: (place: number) => number): number {
  let sum = 0;
  for (let index = 0; index < weights.length; index += 1) sum += weights[index] * valueAt(start + index);
  return sum;
}

/** The source places that each target place is a weighted mean of. */
function windows(from: number, to: number): readonly Window[] {
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
    return { start, weights: raw.map((weight) => weight / total) };
  });
}

/** Keys' kernel with a = -1/2. */
function cubic(x: number): number {
  const size = Math.abs(x);
  if (size < 1) return (1.5 * size - 2.5) * size * size + 1;
  if (size < 2) return ((-0.5 * size + 2.5) * size - 4) * size + 2;
  return 0;
}
