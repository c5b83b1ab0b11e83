import { conv2dExplicit, tf } from '@lyceum/engine';
import type { OwnedTensor, TensorMap } from './loss.js';

/** Pixel distillation's head, which rebuilds the large image from an early map of the small one. */
export interface SuperResolution {
  /** Channels of the map. */
  readonly inputs: number;
  /** Side of the rebuilt image, in pixels. */
  readonly cropSize: number;
  /** r: pixels of the image to one place of the map, along each side. */
  readonly scaleFactor: number;
  /** Channels of the image. */
  readonly imageChannels: number;
}

/** Weights `sr.kernel` [1, 1, inputs, imageChannels r^2] and `sr.slope` [imageChannels], as PyTorch starts them. */
export function superResolutionWeights(head: SuperResolution): readonly OwnedTensor[] {
  const { inputs, scaleFactor, imageChannels } = head;
  return [
    {
      name: 'sr.kernel',
      shape: [1, 1, inputs, imageChannels * scaleFactor ** 2],
      initializer: { kind: 'uniform', bound: 1 / Math.sqrt(inputs) },
    },
    { name: 'sr.slope', shape: [imageChannels], initializer: { kind: 'constant', value: 0.25 } },
  ];
}

/** 1x1 convolution, pixel shuffle by r, PReLU, and the top left cropSize x cropSize of it. */
export function rebuildImage(map: tf.Tensor4D, head: SuperResolution, weights: TensorMap): tf.Tensor4D {
  const { cropSize, scaleFactor, imageChannels } = head;
  const convolved = conv2dExplicit(map, weights['sr.kernel'] as tf.Tensor4D, 1, 0);
  const shuffled: tf.Tensor = shufflePixels(convolved, scaleFactor, imageChannels);
  const image = tf.prelu(shuffled, weights['sr.slope']) as tf.Tensor4D;
  return tf.slice(image, [0, 0, 0, 0], [map.shape[0], cropSize, cropSize, imageChannels]);
}

/** PyTorch's order: channel c r^2 + i r + j becomes channel c at row offset i and column offset j. */
function shufflePixels(x: tf.Tensor4D, factor: number, channels: number): tf.Tensor4D {
  const [batch, height, width] = x.shape;
  const places = tf.reshape(x, [batch * height, width, channels, factor, factor]);
  const rows = tf.transpose(places, [0, 3, 1, 4, 2]);
  return tf.reshape(rows, [batch, height * factor, width * factor, channels]);
}
