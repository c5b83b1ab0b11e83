import { tf } from '@lyceum/engine';

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
  const { channels, data } = image;
  return buildImage(
    height,
    width,
    channels,
    (row, column, channel) => data[((top + row) * image.width + left + column) * channels + channel],
  );
}

/** The images of a batch `[N, H, W, C]`. */
export function hostImages(batch: tf.Tensor4D): readonly HostImage[] {
  const [count, height, width, channels] = batch.shape;
  const values = Float64Array.from(batch.dataSync());
  const size = height * width * channels;
  return Array.from({ length: count }, (_, index) => ({
    height,
    width,
    channels,
    data: values.slice(index * size, (index + 1) * size),
  }));
}

/** Images of one size as a batch `[N, H, W, C]`. */
export function imageBatch(images: readonly HostImage[]): tf.Tensor4D {
  const [{ height, width, channels }] = images;
  const values = new Float32Array(images.length * height * width * channels);
  images.forEach(({ data }, index) => values.set(data, index * data.length));
  return tf.tensor4d(values, [images.length, height, width, channels]);
}
