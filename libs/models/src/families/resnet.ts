import { invalidField } from '@lyceum/errors';
import { residualInitialization } from '../initializers.js';
import type { Layers, Network, Reached } from '../network/layers.js';
import type { Family } from './family.js';

/** ResNets for small images: three groups of basic blocks. */
export const resnet: Family = {
  id: 'resnet',
  description: 'CIFAR ResNet: resnet<depth>, depth 6n + 2, or four times as wide: resnet<depth>x4',
  source: 'He et al. 2016; RepDistiller models/resnet.py',
  names: [
    ...['resnet8', 'resnet14', 'resnet20', 'resnet32', 'resnet44', 'resnet56', 'resnet110'],
    ...['resnet8x4', 'resnet32x4'],
  ],
  find(name) {
    const match = /^resnet(\d+)(x4)?$/.exec(name);
    if (match === null) return undefined;
    return {
      name,
      network: residualNetwork(residualPlan(name, Number(match[1]), match[2] !== undefined)),
      initialization: residualInitialization,
    };
  },
};

/** What makes one CIFAR ResNet another. */
export interface ResidualPlan {
  /** Blocks of each group. */
  readonly blockCount: number;
  /** Channels of the stem and of the groups. */
  readonly widths: readonly number[];
  /** Stride of the last group; default 2. */
  readonly lastStride?: 1 | 2;
}

/** @throws LyceumError INVALID_FIELD for a depth that is not 6n + 2. */
export function residualPlan(name: string, depth: number, wide: boolean): ResidualPlan {
  if (depth < 8 || (depth - 2) % 6 !== 0) {
    throw invalidField(
      'architecture',
      `the depth of ${name} must be 6n + 2 (8, 14, 20, 32, 44, 56, 110), or 18, 34 or 50, found ${depth}`,
    );
  }
  return { blockCount: (depth - 2) / 6, widths: wide ? [32, 64, 128, 256] : [16, 16, 32, 64] };
}

const residualNetwork = (plan: ResidualPlan): Network =>
  function* run(layers, images, classCount) {
    const x = yield* residualGroups(layers, images, plan);
    yield* pooledClassifier(layers, x, classCount);
  };

/** Taps: `f4`, the mean over places, and `logits`. */
export function* pooledClassifier<T>(
  layers: Layers<T>,
  x: T,
  classCount: number,
): Generator<Reached<T>, void> {
  const pooled = layers.globalAvgPool(x);
  yield { name: 'f4', role: 'pooled', value: pooled };
  yield { name: 'logits', role: 'logits', value: layers.dense('fc', pooled, classCount) };
}

/**
 * Stem and groups. Taps: `f0` the stem and `f1`, `f2`, `f3` the groups, all after their ReLU. `f<i>.preact` is a group's
 * sum before its ReLU; `f0.preact` is `f0`. Blocks ahead of a group's last are `f<i>.block<k>`.
 *
 * @param after what is done to the output of a group, which its tap shows and the next group reads.
 * @returns the last group's map.
 */
export function* residualGroups<T>(
  layers: Layers<T>,
  images: T,
  { blockCount, widths, lastStride = 2 }: ResidualPlan,
  after?: (group: number, x: T) => Generator<Reached<T>, T>,
): Generator<Reached<T>, T> {
  let x = layers.conv('conv1', images, { outputs: widths[0], size: 3, pad: 1 });
  x = layers.relu(layers.batchNorm('bn1', x));
  yield { name: 'f0', role: 'stem', value: x };
  yield { name: 'f0.preact', role: 'preact-stem', value: x };
  for (const group of [1, 2, 3]) {
    for (let block = 0; block < blockCount; block += 1) {
      const stride = block > 0 ? 1 : [1, 2, lastStride][group - 1];
      const sum = basicBlock(layers, `layer${group}.${block}`, x, widths[group], stride);
      const isLast = block === blockCount - 1;
      const norm = `layer${group}.${block}.bn2`;
      if (isLast) yield { name: `f${group}.preact`, role: 'preact-map', value: sum, norm };
      x = layers.relu(sum);
      if (!isLast) yield { name: `f${group}.block${block + 1}`, role: 'block', value: x };
    }
    if (after !== undefined) x = yield* after(group, x);
    yield { name: `f${group}`, role: 'map', value: x };
  }
  return x;
}

/** Two 3x3 convolutions and a shortcut; the sum before its ReLU. */
export function basicBlock<T>(
  layers: Layers<T>,
  name: string,
  x: T,
  outputs: number,
  stride: number,
  shortcutName = 'downsample',
): T {
  let y = layers.conv(`${name}.conv1`, x, { outputs, size: 3, stride, pad: 1 });
  y = layers.relu(layers.batchNorm(`${name}.bn1`, y));
  y = layers.batchNorm(`${name}.bn2`, layers.conv(`${name}.conv2`, y, { outputs, size: 3, pad: 1 }));
  return layers.add(y, shortcut(layers, `${name}.${shortcutName}`, x, outputs, stride));
}

/** The input itself, or a 1x1 convolution where the shape changes. */
export function shortcut<T>(layers: Layers<T>, name: string, x: T, outputs: number, stride: number): T {
  if (stride === 1 && layers.channels(x) === outputs) return x;
  return layers.batchNorm(`${name}.1`, layers.conv(`${name}.0`, x, { outputs, size: 1, stride }));
}
