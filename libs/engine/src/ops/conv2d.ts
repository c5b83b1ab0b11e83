import { invalidField } from '@lyceum/errors';
import { nativeBackend, type NativeBackend, type RawAttribute } from '../backends/native-backend.js';
import { tf } from '../tf.js';
import { planImage, type ImagePlan } from './convolution-plan.js';
import { defineNative } from './native-operation.js';
import { floatType, integers, text } from './raw-attributes.js';

/**
 * Convolution (cross-correlation) with PyTorch's padding: `pad` zeros on every side, output size
 * `floor((size + 2 pad - kernel) / stride) + 1`.
 *
 * @param x `[N, H, W, C]`.
 * @param kernel HWIO: `[kh, kw, C / groups, O]`; a group's outputs are neighbours.
 * @param stride of both axes, in pixels.
 * @param pad zeros on each side, in pixels.
 * @returns `[N, H', W', O]`.
 * @throws LyceumError INVALID_FIELD when the channels do not fit.
 */
export function conv2dExplicit(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  stride: number,
  pad: number,
  groups = 1,
): tf.Tensor4D {
  checkChannels(x, kernel, groups);
  if (groups === 1) return convolve(x, kernel, stride, pad, 'Conv2D');
  const [height, width, inputs, outputs] = kernel.shape;
  if (inputs === 1) {
    const shape: [number, number, number, number] = [height, width, groups, outputs / groups];
    return depthwiseConv2d(x, tf.reshape<tf.Rank.R4>(kernel, shape), stride, pad);
  }
  const images = tf.split<tf.Tensor4D>(x, groups, 3);
  const kernels = tf.split<tf.Tensor4D>(kernel, groups, 3);
  return tf.concat(
    images.map((image, group) => convolve(image, kernels[group], stride, pad, 'Conv2D')),
    3,
  );
}

/**
 * Every channel by kernels of its own; padding as in `conv2dExplicit`.
 *
 * @param kernel HWIM: `[kh, kw, C, M]`; output channel `c * M + m` is channel `c` by its kernel `m`.
 */
export function depthwiseConv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  stride: number,
  pad: number,
): tf.Tensor4D {
  if (x.shape[3] !== kernel.shape[2]) {
    throw invalidField('kernel', `must have ${x.shape[3]} input channels, found ${kernel.shape[2]}`);
  }
  return convolve(x, kernel, stride, pad, 'DepthwiseConv2dNative');
}

function checkChannels(x: tf.Tensor4D, kernel: tf.Tensor4D, groups: number): void {
  const [, , inputs, outputs] = kernel.shape;
  if (inputs * groups !== x.shape[3]) {
    throw invalidField(
      'kernel',
      `must have ${x.shape[3] / groups} input channels (${x.shape[3]} in ${groups} groups), found ${inputs}`,
    );
  }
  if (outputs % groups !== 0) {
    throw invalidField('kernel', `must have a multiple of ${groups} output channels, found ${outputs}`);
  }
}

type Kind = 'Conv2D' | 'DepthwiseConv2dNative';

function convolve(x: tf.Tensor4D, kernel: tf.Tensor4D, stride: number, pad: number, kind: Kind): tf.Tensor4D {
  const [, height, width] = x.shape;
  const plan = planImage([height, width], [kernel.shape[0], kernel.shape[1]], stride, pad);
  if (plan.rows.outputSize < 1 || plan.columns.outputSize < 1) {
    throw invalidField(
      'x',
      `is too small: a ${height} x ${width} image has no ${kernel.shape[0]} x ${kernel.shape[1]} window`,
    );
  }
  if (nativeBackend() === undefined) return portable(x, kernel, stride, plan, kind);
  const padding = plan.padded ? 'EXPLICIT' : plan.mode.toUpperCase();
  const { rows, columns } = plan;
  const zeros = [rows.before, rows.after, columns.before, columns.after];
  return operations[kind]({ x, kernel }, { stride, padding, zeros })[0] as tf.Tensor4D;
}

function portable(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  stride: number,
  plan: ImagePlan,
  kind: Kind,
): tf.Tensor4D {
  const { rows, columns } = plan;
  const image = plan.padded ? padImage(x, [rows.before, rows.after, columns.before, columns.after]) : x;
  const run = kind === 'Conv2D' ? tf.conv2d : tf.depthwiseConv2d;
  return run(image, kernel, stride, plan.mode);
}

function padImage(x: tf.Tensor4D, [top, bottom, left, right]: readonly number[]): tf.Tensor4D {
  return tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}

interface ConvolutionAttributes {
  readonly [name: string]: number | string | readonly number[];
  readonly stride: number;
  readonly padding: string;
  /** Zeros at the top, bottom, left and right; only read where `padding` is EXPLICIT. */
  readonly zeros: readonly number[];
}

const operations = { Conv2D: define('Conv2D'), DepthwiseConv2dNative: define('DepthwiseConv2dNative') };

/**
 * TensorFlow's fast kernels take explicit padding on the way forward only. On the way back the image is padded by hand,
 * or the padding cut off, around the same kernels.
 */
function define(kind: Kind) {
  const imageGradient = defineNative({
    name: `Lyceum${kind}ImageGradient`,
    inputs: ['kernel', 'dy'],
    run: (backend, { kernel, dy }, attributes: ConvolutionAttributes & { shape: readonly number[] }) => [
      withSizes(attributes.shape, (sizes) =>
        backend.executeSingleOutput(`${kind}BackpropInput`, shared(backend, attributes), [sizes, kernel, dy]),
      ),
    ],
  });
  const kernelGradient = defineNative({
    name: `Lyceum${kind}KernelGradient`,
    inputs: ['x', 'dy'],
    run: (backend, { x, dy }, attributes: ConvolutionAttributes & { shape: readonly number[] }) => [
      withSizes(attributes.shape, (sizes) =>
        backend.executeSingleOutput(`${kind}BackpropFilter`, shared(backend, attributes), [x, sizes, dy]),
      ),
    ],
  });
  return defineNative({
    name: `Lyceum${kind}`,
    inputs: ['x', 'kernel'],
    run: (backend, { x, kernel }, attributes: ConvolutionAttributes) => [
      backend.executeSingleOutput(kind, shared(backend, attributes), [x, kernel]),
    ],
    gradient: {
      savedInputs: ['x', 'kernel'],
      gradients([dy], [x, kernel], attributes) {
        if (attributes.padding !== 'EXPLICIT') {
          return {
            x: () => imageGradient({ kernel, dy }, { ...attributes, shape: x.shape })[0],
            kernel: () => kernelGradient({ x, dy }, { ...attributes, shape: kernel.shape })[0],
          };
        }
        const { zeros } = attributes;
        const valid = { ...attributes, padding: 'VALID' };
        return {
          x: () => {
            const [count, height, width, channels] = x.shape;
            const shape = [count, height + zeros[0] + zeros[1], width + zeros[2] + zeros[3], channels];
            const [padded] = imageGradient({ kernel, dy }, { ...valid, shape });
            return tf.slice(padded, [0, zeros[0], zeros[2], 0], x.shape);
          },
          kernel: () => {
            const image = padImage(x as tf.Tensor4D, zeros);
            return kernelGradient({ x: image, dy }, { ...valid, shape: kernel.shape })[0];
          },
        };
      },
    },
  });
}

function withSizes(shape: readonly number[], run: (sizes: tf.Tensor) => tf.Tensor): tf.Tensor {
  const sizes = tf.tensor1d([...shape], 'int32');
  const result = run(sizes);
  sizes.dispose();
  return result;
}

function shared(backend: NativeBackend, { stride, padding, zeros }: ConvolutionAttributes): RawAttribute[] {
  const attributes = [
    floatType(backend),
    integers(backend, 'strides', [1, stride, stride, 1]),
    text(backend, 'padding', padding),
    text(backend, 'data_format', 'NHWC'),
  ];
  if (padding === 'EXPLICIT') {
    attributes.push(integers(backend, 'explicit_paddings', [0, 0, ...zeros, 0, 0]));
  }
  return attributes;
}
