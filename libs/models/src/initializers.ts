import type { Random } from '@lyceum/random';
import type { Parameter } from './model.js';

/** Fills `count` numbers; fans are those of the layer. */
export type Initializer = (
  random: Random,
  count: number,
  fans: { fanIn: number; fanOut: number },
) => Float32Array;

/** How an architecture starts, by kind of parameter. */
export interface Initialization {
  /** Also of depthwise kernels. */
  readonly conv: Initializer;
  readonly convBias: Initializer;
  readonly dense: Initializer;
  readonly denseBias: Initializer;
}

const fill = (count: number, draw: () => number): Float32Array => Float32Array.from({ length: count }, draw);

const zeros: Initializer = (_, count) => new Float32Array(count);
const ones: Initializer = (_, count) => new Float32Array(count).fill(1);

/** Normal with variance `2 / fanOut` (He et al. 2015, equation 14). */
const normalByFanOut: Initializer = (random, count, { fanOut }) => {
  const deviation = Math.sqrt(2 / fanOut);
  return fill(count, () => deviation * random.normal());
};

/** Normal with standard deviation 0.01. */
const narrowNormal: Initializer = (random, count) => fill(count, () => 0.01 * random.normal());

/** Uniform within `1 / sqrt(fanIn)`: PyTorch's default of convolutions and linear layers, weights and biases. */
const uniformByFanIn: Initializer = (random, count, { fanIn }) => {
  const bound = 1 / Math.sqrt(fanIn);
  return fill(count, () => bound * (2 * random.uniform() - 1));
};

/** CIFAR ResNets and ResNet-50. */
export const residualInitialization: Initialization = {
  conv: normalByFanOut,
  convBias: uniformByFanIn,
  dense: uniformByFanIn,
  denseBias: uniformByFanIn,
};

/** With gates: they have one output, by whose number alone the first weights would be too large. */
export const gatedInitialization: Initialization = {
  ...residualInitialization,
  conv: (random, count, fans) => (fans.fanOut === 1 ? uniformByFanIn : normalByFanOut)(random, count, fans),
};

/** Wide residual networks: as above, with a classifier whose bias starts at 0. */
export const wideResidualInitialization: Initialization = {
  conv: normalByFanOut,
  convBias: zeros,
  dense: uniformByFanIn,
  denseBias: zeros,
};

/** VGG and MobileNetV2. */
export const narrowClassifierInitialization: Initialization = {
  conv: normalByFanOut,
  convBias: zeros,
  dense: narrowNormal,
  denseBias: zeros,
};

/** The ShuffleNets leave everything to PyTorch. */
export const defaultInitialization: Initialization = {
  conv: uniformByFanIn,
  convBias: uniformByFanIn,
  dense: uniformByFanIn,
  denseBias: uniformByFanIn,
};

/** The initializer of one parameter; a bias is a convolution's or the classifier's. */
export function initializerOf(
  { kind }: Pick<Parameter, 'kind'>,
  isOfDense: boolean,
  initialization: Initialization,
): Initializer {
  switch (kind) {
    case 'conv':
    case 'depthwise':
      return initialization.conv;
    case 'dense':
      return initialization.dense;
    case 'bias':
      return isOfDense ? initialization.denseBias : initialization.convBias;
    case 'bn-scale':
    case 'bn-variance':
      return ones;
    case 'bn-offset':
    case 'bn-mean':
      return zeros;
  }
}
