import { tf } from '../tf.js';

export type Shape4D = [number, number, number, number];

/** A window that moves over an image, as convolution and pooling see it. */
export interface ImageWindow {
  readonly height: number;
  readonly width: number;
  readonly strides: readonly [number, number];
  /** Zeros above and left of the image. */
  readonly top: number;
  readonly left: number;
}

/** The window's places, row by row. */
function placesOf({ height, width }: ImageWindow): [number, number][] {
  return Array.from({ length: height * width }, (_, index) => [Math.floor(index / width), index % width]);
}

/** For each place of the window what it sees of the image, `[N, H', W', C]`; `fill` is what lies outside. */
export function throughWindow(
  x: tf.Tensor4D,
  [rows, columns]: readonly [number, number],
  window: ImageWindow,
  fill = 0,
): tf.Tensor4D[] {
  const { strides, top, left, height, width } = window;
  const bottom = Math.max(0, (rows - 1) * strides[0] + height - x.shape[1] - top);
  const right = Math.max(0, (columns - 1) * strides[1] + width - x.shape[2] - left);
  const image = tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]], fill); // prettier-ignore
  const lengths = [(rows - 1) * strides[0] + 1, (columns - 1) * strides[1] + 1];
  return placesOf(window).map(([row, column]) => {
    const end = [x.shape[0], row + lengths[0], column + lengths[1], x.shape[3]];
    return tf.stridedSlice(image, [0, row, column, 0], end, [1, strides[0], strides[1], 1]) as tf.Tensor4D;
  });
}

/** The way back: adds up, where it came from, what each place of the window has got; `parts` are `[N, H', W', C]`. */
export function backThroughWindow(
  parts: readonly tf.Tensor[],
  imageShape: Shape4D,
  window: ImageWindow,
): tf.Tensor4D {
  const { strides, top, left, height, width } = window;
  const [, rows, columns] = parts[0].shape;
  // Large enough for every place, and for image that no window reaches.
  const size = [
    Math.max(rows * strides[0] + height, imageShape[1] + top),
    Math.max(columns * strides[1] + width, imageShape[2] + left),
  ];
  const placed = placesOf(window).map(([row, column], index) => {
    const spread = spreadOut(parts[index], strides);
    const below = size[0] - spread.shape[1] - row;
    const beside = size[1] - spread.shape[2] - column;
    return tf.pad(spread, [[0, 0], [row, below], [column, beside], [0, 0]]); // prettier-ignore
  });
  return tf.slice(tf.addN(placed), [0, top, left, 0], imageShape);
}

/** `[N, H, W, C]` to `[N, H * s, W * s, C]` with zeros between. */
export function spreadOut(part: tf.Tensor, [high, wide]: readonly [number, number]): tf.Tensor4D {
  const [count, rows, columns, channels] = part.shape;
  const tall = tf.pad(tf.reshape(part, [count, rows, 1, columns * channels]), [[0, 0], [0, 0], [0, high - 1], [0, 0]]); // prettier-ignore
  const pixels = tf.reshape(tall, [count, rows * high * columns, 1, channels]);
  const full = tf.pad(pixels, [[0, 0], [0, 0], [0, wide - 1], [0, 0]]); // prettier-ignore
  return tf.reshape(full, [count, rows * high, columns * wide, channels]);
}
