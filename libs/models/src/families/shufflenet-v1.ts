import { defaultInitialization } from '../initializers.js';
import type { Layers, Network } from '../network/layers.js';
import type { Family } from './family.js';

const groups = 3;
const stemWidth = 24;
/** Output channels and blocks of the three groups of layers. */
const stages = [
  [240, 4],
  [480, 8],
  [960, 4],
] as const;

/** ShuffleNet with three groups, for small images. */
export const shuffleNetV1: Family = {
  id: 'shufflenet-v1',
  description: 'ShuffleNet with three groups: shufflenet-v1',
  source: 'Zhang et al. 2018; RepDistiller models/ShuffleNetv1.py',
  names: ['shufflenet-v1'],
  find(name) {
    if (!['shufflenet-v1', 'shufflenetv1', 'shufflev1'].includes(name)) return undefined;
    return { name: 'shufflenet-v1', network: shuffleNet, initialization: defaultInitialization };
  },
};

/** Taps as in the CIFAR ResNets. */
const shuffleNet: Network = function* run(layers, images, classCount) {
  let x = layers.conv('conv1', images, { outputs: stemWidth, size: 1 });
  x = layers.relu(layers.batchNorm('bn1', x));
  yield { name: 'f0', role: 'stem', value: x };
  yield { name: 'f0.preact', role: 'preact-stem', value: x };
  for (const [index, [outputs, count]] of stages.entries()) {
    const stage = index + 1;
    for (let block = 0; block < count; block += 1) {
      const sum = unit(layers, `layer${stage}.${block}`, x, outputs, block === 0);
      const isLast = block === count - 1;
      if (isLast) yield { name: `f${stage}.preact`, role: 'preact-map', value: sum };
      x = layers.relu(sum);
      if (!isLast) yield { name: `f${stage}.block${block + 1}`, role: 'block', value: x };
    }
    yield { name: `f${stage}`, role: 'map', value: x };
  }
  const pooled = layers.globalAvgPool(x);
  yield { name: 'f4', role: 'pooled', value: pooled };
  yield { name: 'logits', role: 'logits', value: layers.dense('linear', pooled, classCount) };
};

/** A unit that halves the image puts the pooled input beside its output instead of adding it. */
function unit<T>(layers: Layers<T>, name: string, x: T, outputs: number, halves: boolean): T {
  const inputs = layers.channels(x);
  const own = halves ? outputs - inputs : outputs;
  const middle = Math.floor(own / 4);
  const firstGroups = inputs === stemWidth ? 1 : groups;
  const stride = halves ? 2 : 1;
  let y = layers.conv(`${name}.conv1`, x, { outputs: middle, size: 1, groups: firstGroups });
  y = layers.shuffle(layers.relu(layers.batchNorm(`${name}.bn1`, y)), firstGroups);
  y = layers.conv(`${name}.conv2`, y, { outputs: middle, size: 3, stride, pad: 1, groups: middle });
  y = layers.relu(layers.batchNorm(`${name}.bn2`, y));
  y = layers.batchNorm(`${name}.bn3`, layers.conv(`${name}.conv3`, y, { outputs: own, size: 1, groups }));
  return halves ? layers.concat(y, layers.avgPool(x, { size: 3, stride: 2, pad: 1 })) : layers.add(y, x);
}
