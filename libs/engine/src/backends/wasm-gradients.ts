import { tf } from '../tf.js';
import {
  backThroughWindow,
  spreadOut,
  throughWindow,
  type ImageWindow,
  type Shape4D,
} from './image-window.js';

// The WebAssembly backend has no kernels for some gradients, without which it can not train convolutions, and one that
// is wrong. Here they are made of operations that it has: for each place of the window, the image seen through it.

/** Registers what the WebAssembly backend lacks; once a thread. */
export function registerWasmGradients(): void {
  register('Conv2DBackpropFilter', kernelGradient);
  tf.unregisterKernel('Conv2DBackpropInput', 'wasm');
  register('Conv2DBackpropInput', imageGradient);
  register('DepthwiseConv2dNativeBackpropFilter', depthwiseKernelGradient);
  register('DepthwiseConv2dNativeBackpropInput', depthwiseImageGradient);
  register('UnsortedSegmentSum', segmentSum);
  // The backend's own gives no gradient where all values of a window are negative.
  tf.unregisterKernel('MaxPoolGrad', 'wasm');
  register('MaxPoolGrad', maxPoolGradient);
}

type Inputs = Readonly<Record<string, tf.Tensor>>;
type Attributes = Readonly<Record<string, unknown>>;

function register(kernelName: string, composed: (inputs: Inputs, attributes: Attributes) => tf.Tensor): void {
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => composed(inputs as Inputs, attrs as unknown as Attributes)),
  });
}

/** `dK[i, j] = x seen at (i, j), transposed, times dy`. */
function kernelGradient({ x, dy }: Inputs, attributes: Attributes): tf.Tensor {
  const shape = attributes.filterShape as Shape4D;
  const flatDy = tf.reshape(dy, [-1, shape[3]]);
  const seen = throughWindow(x as tf.Tensor4D, sizeOf(dy), windowOf(x, shape, attributes));
  // Transposed first: the backend's product of a transposed matrix is eight times slower.
  const products = seen.map((place) => tf.matMul(tf.transpose(tf.reshape(place, [-1, shape[2]])), flatDy));
  return tf.reshape(tf.stack(products), shape);
}

/** A convolution of dy, spread out by the stride, with the kernel turned round; ten times faster than the backend's. */
function imageGradient({ dy, filter }: Inputs, attributes: Attributes): tf.Tensor {
  const [, height, width] = attributes.inputShape as Shape4D;
  const window = windowOf({ shape: attributes.inputShape as Shape4D }, filter.shape as Shape4D, attributes);
  const spread = spreadOut(dy, window.strides);
  const sides = [
    { size: spread.shape[1], wanted: height + window.top, before: window.height - 1 - window.top },
    { size: spread.shape[2], wanted: width + window.left, before: window.width - 1 - window.left },
  ];
  // What is cut off at the end are zeros that no image lies under.
  const [rows, columns] = sides.map(({ size, wanted }) => Math.min(size, wanted));
  const kept = tf.slice(spread, [0, 0, 0, 0], [spread.shape[0], rows, columns, spread.shape[3]]);
  const margins = sides.map(({ size, wanted, before }): [number, number] => [
    before,
    Math.max(0, wanted - size),
  ]);
  const padded = tf.pad(kept, [[0, 0], ...margins, [0, 0]]);
  const turned = tf.transpose(tf.reverse(filter as tf.Tensor4D, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(padded, turned, 1, 'valid');
}

function depthwiseKernelGradient({ x, dy }: Inputs, attributes: Attributes): tf.Tensor {
  const shape = attributes.filterShape as Shape4D;
  const byChannel = tf.reshape(dy, [...dy.shape.slice(0, 3), shape[2], shape[3]]);
  const seen = throughWindow(x as tf.Tensor4D, sizeOf(dy), windowOf(x, shape, attributes));
  const sums = seen.map((place) => tf.sum(tf.mul(tf.expandDims(place, 4), byChannel), [0, 1, 2]));
  return tf.reshape(tf.stack(sums), shape);
}

function depthwiseImageGradient({ dy, filter }: Inputs, attributes: Attributes): tf.Tensor {
  const imageShape = attributes.inputShape as Shape4D;
  const [height, width, channels, multiplier] = filter.shape;
  const byChannel = tf.reshape(dy, [...dy.shape.slice(0, 3), channels, multiplier]);
  const weights = tf.unstack(tf.reshape(filter, [height * width, channels, multiplier]));
  const parts = weights.map((weight) => tf.sum(tf.mul(byChannel, weight), 4));
  return backThroughWindow(
    parts,
    imageShape,
    windowOf({ shape: imageShape }, filter.shape as Shape4D, attributes),
  );
}

/** The first of the greatest values in a window gets all, as on the other backends. */
function maxPoolGradient({ dy, input, output }: Inputs, attributes: Attributes): tf.Tensor {
  const { filterSize } = attributes as { filterSize: number | [number, number] };
  const [height, width = height] = [filterSize].flat();
  const image = input as tf.Tensor4D;
  const channels = image.shape[3];
  const window = windowOf(image, [height, width, channels, channels], attributes);
  let left = dy;
  const parts = throughWindow(image, sizeOf(dy), window, -Infinity).map((place) => {
    const part = tf.mul(left, tf.cast(tf.equal(place, output), 'float32'));
    left = tf.sub(left, part);
    return part;
  });
  return backThroughWindow(parts, image.shape, window);
}

function segmentSum({ x, segmentIds }: Inputs, attributes: Attributes): tf.Tensor {
  const count = attributes.numSegments as number;
  const picks = tf.oneHot(tf.cast(tf.reshape(segmentIds, [-1]), 'int32'), count);
  const sums = tf.matMul(tf.cast(picks, 'float32'), tf.reshape(x, [segmentIds.size, -1]), true, false);
  return tf.reshape(sums, [count, ...x.shape.slice(segmentIds.rank)]);
}

interface WindowAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function windowOf(
  { shape }: { shape: readonly number[] },
  kernel: Shape4D,
  attributes: Attributes,
): ImageWindow {
  const { strides, pad, dimRoundingMode } = attributes as unknown as WindowAttributes;
  const info = tf.backend_util.computeConv2DInfo(shape as Shape4D, kernel, strides, 1, pad, dimRoundingMode);
  const { top, left } = info.padInfo;
  return { height: kernel[0], width: kernel[1], strides: [info.strideHeight, info.strideWidth], top, left };
}

function sizeOf(dy: tf.Tensor): [number, number] {
  return [dy.shape[1] ?? 0, dy.shape[2] ?? 0];
}
