import { conv2dExplicit, convTranspose, tf } from '@lyceum/engine';
import { batchNormAdapter, batchNormState, batchNormWeights } from './adapter-batch-norm.js';
import { convWeights } from './dense.js';
import type { ExtraInput, LossSetting, OwnedTensor, Shape, TensorMap } from './loss.js';
import { extraOf } from './step-inputs.js';

/**
 * The networks of factor transfer. Each is three 3x3 convolutions with bias at unchanged size, C -> C -> P -> P,
 * each followed by LeakyReLU(0.1); the translator may have a batch norm in training mode between the two.
 */
export interface FactorNetwork {
  /** C, channels of the map. */
  readonly channels: number;
  /** P, channels of the factor. */
  readonly planes: number;
  readonly batchNorm: boolean;
}

/** P of a map's channels: what is asked for, else a share of them. `ft` and its paraphraser must agree in it. */
export function planesOf(
  channels: number,
  { k, planes }: { readonly k: number; readonly planes: number },
): number {
  return planes === 0 ? Math.max(1, Math.floor(channels * k)) : planes;
}

const slope = 0.1;
const convolutions = [0, 1, 2] as const;

/** Weights `translator.conv0.kernel`, `.bias`, `translator.bn0.gamma`, `.beta` and so on, as PyTorch starts them. */
export function translatorWeights(network: FactorNetwork): readonly OwnedTensor[] {
  return convolutions.flatMap((index) => {
    const [inputs, outputs] = widths(network, index);
    return [
      ...convWeights(`translator.conv${index}`, [3, 3, inputs, outputs]),
      ...(network.batchNorm ? batchNormWeights(`translator.bn${index}`, outputs) : []),
    ];
  });
}

export function translatorState(network: FactorNetwork): readonly OwnedTensor[] {
  if (!network.batchNorm) return [];
  return convolutions.flatMap((index) => batchNormState(`translator.bn${index}`, widths(network, index)[1]));
}

/** The student's factor `[N, H, W, P]` of its map `[N, H, W, C]`. */
export function translate(
  map: tf.Tensor4D,
  { batchNorm }: FactorNetwork,
  weights: TensorMap,
  state: TensorMap,
): { readonly output: tf.Tensor4D; readonly state: TensorMap } {
  const next: Record<string, tf.Tensor> = {};
  let output = map;
  for (const index of convolutions) {
    output = convolve(output, `translator.conv${index}`, weights);
    if (batchNorm) {
      const normal = batchNormAdapter(output, `translator.bn${index}`, weights, state);
      output = normal.output;
      Object.assign(next, normal.state);
    }
    output = tf.leakyRelu(output, slope);
  }
  return { output, state: next };
}

/**
 * Weights of the autoencoder of which the paraphraser is the first half: `paraphraser.conv0.kernel`, `.bias` and so on,
 * and those of its decoder, P -> P -> C -> C, whose kernels are `[3, 3, outputs, inputs]`.
 */
export function autoencoderWeights(network: FactorNetwork): readonly OwnedTensor[] {
  return convolutions.flatMap((index) => {
    const [inputs, outputs] = widths(network, index);
    return [
      ...convWeights(`paraphraser.conv${index}`, [3, 3, inputs, outputs]),
      ...convWeights(`decoder.conv${2 - index}`, [3, 3, inputs, outputs], inputs),
    ];
  });
}

/** The map `[N, H, W, C]` as the decoder rebuilds it from its factor. */
export function rebuildMap(factor: tf.Tensor4D, weights: TensorMap): tf.Tensor4D {
  return convolutions.reduce((x, index) => {
    const kernel = extraOf(weights, `decoder.conv${index}.kernel`) as tf.Tensor4D;
    const output = convTranspose(x, kernel, 1, 1);
    return tf.leakyRelu(tf.add<tf.Tensor4D>(output, extraOf(weights, `decoder.conv${index}.bias`)), slope);
  }, factor);
}

/** The teacher's factor `[N, H, W, P]`, by the encoder, frozen or in training. */
export function paraphrase(map: tf.Tensor4D, frozen: TensorMap): tf.Tensor4D {
  return convolutions.reduce(
    (x, index) => tf.leakyRelu(convolve(x, `paraphraser.conv${index}`, frozen), slope),
    map,
  );
}

/** The frozen encoder's tensors as inputs of the key half. */
export function paraphraserInputs(networkOf: (setting: LossSetting) => FactorNetwork): readonly ExtraInput[] {
  return convolutions.flatMap((index) => {
    const input = (part: string, shape: (inputs: number, outputs: number) => Shape): ExtraInput => ({
      name: `paraphraser.conv${index}.${part}`,
      doc: `${part} of convolution ${index} of the encoder that was fitted to the teacher's map`,
      from: 'frozen',
      half: 'key',
      shape: (setting) => shape(...widths(networkOf(setting), index)),
    });
    return [
      input('kernel', (inputs, outputs) => [3, 3, inputs, outputs]),
      input('bias', (_inputs, outputs) => [outputs]),
    ];
  });
}

function widths({ channels, planes }: FactorNetwork, index: number): [inputs: number, outputs: number] {
  return [index === 2 ? planes : channels, index === 0 ? channels : planes];
}

function convolve(x: tf.Tensor4D, name: string, tensors: TensorMap): tf.Tensor4D {
  const kernel = extraOf(tensors, `${name}.kernel`) as tf.Tensor4D;
  return tf.add(conv2dExplicit(x, kernel, 1, 1), extraOf(tensors, `${name}.bias`));
}
