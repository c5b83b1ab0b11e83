import { roundHalfToEven } from './round-half-to-even.js';

/** One image off the engine, `[height, width, channels]` row-major, values usually in 0..1. */
export interface HostImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float64Array;
}

/** A part of an image: first row, first column, rows, columns. */
export type Box = readonly [top: number, left: number, height: number, width: number];

/** Fills an image place by place. */
export function buildImage(
  height: number,
  width: number,
  channels: number,
  valueAt: (row: number, column: number, channel: number) => number,
): HostImage {
  const data = new Float64Array(height * width * channels);
  let place = 0;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      for (let channel = 0; channel < channels; channel += 1) data[place++] = valueAt(row, column, channel);
    }
  }
  return { height, width, channels, data };
}

/** The part of an image that a box holds. */
export function cutOut(image: HostImage, [top, left, height, width]: Box): HostImage {
  const { channels } = image;
  const data = new Float64Array(height * width * channels);
  for (let row = 0; row < height; row += 1) {
    const start = ((top + row) * image.width + left) * channels;
    data.set(image.data.subarray(start, start + width * channels), row * width * channels);
  }
  return { height, width, channels, data };
}

/** The middle of an image, `[size, size, C]`. */
export function centreOf(image: HostImage, size: number): HostImage {
  const [top, left] = [image.height, image.width].map((side) => roundHalfToEven((side - size) / 2));
  return cutOut(image, [top, left, size, size]);
}
