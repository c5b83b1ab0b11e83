import { tf } from '../tf.js';
import { planImage } from './convolution-plan.js';

/**
 * Transposed convolution as in PyTorch: the gradient of `conv2dExplicit` by its image.
 * Output size `(size - 1) stride - 2 pad + kernel + outputPad`.
 *
 * @param x `[N, H, W, C]`.
 * @param kernel `[kh, kw, O, C]`: outputs before inputs.
 * @param outputPad rows and columns added at the end, `0 ... stride - 1`.
 * @returns `[N, H', W', O]`.
 */
export function convTranspose(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  stride: number,
  pad: number,
  outputPad = 0,
): tf.Tensor4D {
  const [count, ...size] = x.shape.slice(0, 3);
  const [kernelHeight, kernelWidth, outputs] = kernel.shape;
  const whole = [(size[0] - 1) * stride + kernelHeight, (size[1] - 1) * stride + kernelWidth] as const;
  const height = whole[0] - 2 * pad + outputPad;
  const width = whole[1] - 2 * pad + outputPad;
  const plan = planImage([height, width], [kernelHeight, kernelWidth], stride, pad);
  if (!plan.padded) {
    return tf.conv2dTranspose(x, kernel, [count, height, width, outputs], stride, plan.mode);
  }
  const full = tf.conv2dTranspose(x, kernel, [count, ...whole, outputs], stride, 'valid');
  const missing = Math.max(0, outputPad - pad);
  const extended = tf.pad(full, [
    [0, 0],
    [0, missing],
    [0, missing],
    [0, 0],
  ]);
  return tf.slice(extended, [0, pad, pad, 0], [count, height, width, outputs]);
}
