import { conv2dExplicit, globalAvgPool, relu, resizeMap, tf } from '@lyceum/engine';
import { convWeights, denseWeights } from './dense.js';
import type { OwnedTensor, Shape, TensorMap } from './loss.js';

/** What trains an encoder's code beside it: a decoder that is told the category, and a classifier of the code. */
export interface ContextTraining {
  /** `[h, w, c]`. */
  readonly code: Shape;
  readonly classCount: number;
  /** Width of the classifier's hidden layer. */
  readonly hidden: number;
  readonly imageChannels: number;
}

/** How many times as many rows and columns an image has. */
export const codeStride = 4;

/** Weights `decoder.conv<i>.kernel`, `.bias` and `classifier.dense<i>.kernel`, `.bias`, as PyTorch's layers start. */
export function contextWeights(training: ContextTraining): readonly OwnedTensor[] {
  const { code, classCount, hidden } = training;
  return [
    ...decoderWidths(training).flatMap(([inputs, outputs], index) =>
      convWeights(`decoder.conv${index}`, [3, 3, inputs, outputs]),
    ),
    ...denseWeights('classifier.dense0', code[2], hidden),
    ...denseWeights('classifier.dense1', hidden, classCount),
  ];
}

/** x^ `[N, 4h, 4w, imageChannels]` of the code `[N, h, w, c]` and its category: the encoder's way back. */
export function rebuild(
  code: tf.Tensor4D,
  labels: tf.Tensor1D,
  training: ContextTraining,
  weights: TensorMap,
): tf.Tensor4D {
  const [batch, height, width] = code.shape;
  const onehot = tf.cast(tf.oneHot(labels, training.classCount), 'float32');
  const category = tf.reshape(onehot, [batch, 1, 1, training.classCount]);
  const everywhere = tf.tile(category, [1, height, width, 1]);
  const start = tf.concat([code, everywhere], 3) as tf.Tensor4D;
  const widths = decoderWidths(training);
  return widths.reduce<tf.Tensor4D>((map, _, index) => {
    const kernel = weights[`decoder.conv${index}.kernel`] as tf.Tensor4D;
    const x = tf.add<tf.Tensor4D>(conv2dExplicit(map, kernel, 1, 1), weights[`decoder.conv${index}.bias`]);
    if (index === widths.length - 1) return x;
    return resizeMap(relu(x), 2 * x.shape[1], 2 * x.shape[2], 'nearest');
  }, start);
}

/** The category that the classifier sees in the pooled code, `[N, classes]`. */
export function latentLogits(code: tf.Tensor4D, weights: TensorMap): tf.Tensor2D {
  const dense = (x: tf.Tensor2D, name: string): tf.Tensor2D =>
    tf.add(tf.matMul(x, weights[`${name}.kernel`]), weights[`${name}.bias`]);
  return dense(relu(dense(globalAvgPool(code), 'classifier.dense0')), 'classifier.dense1');
}

/** Inputs and outputs of the decoder's convolutions; the category is joined at its input. */
function decoderWidths({ code, classCount, imageChannels }: ContextTraining): readonly [number, number][] {
  const channels = code[2];
  return [
    [channels + classCount, channels],
    [channels, channels],
    [channels, imageChannels],
  ];
}
