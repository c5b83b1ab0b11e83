import { defaultInitialization } from '../initializers.js';
import type { Layers, Network } from '../network/layers.js';
import type { Family } from './family.js';

/** Output channels and blocks after the first of the three groups of layers. */
const stages = [
  [116, 3],
  [232, 7],
  [464, 3],
] as const;

/** ShuffleNetV2 at width 1, for small images. */
export const shuffleNetV2: Family = {
  id: 'shufflenet-v2',
  description: 'ShuffleNetV2 at width 1: shufflenet-v2',
  source: 'Ma et al. 2018; RepDistiller models/ShuffleNetv2.py',
  names: ['shufflenet-v2'],
  find(name) {
    if (!['shufflenet-v2', 'shufflenetv2', 'shufflev2'].includes(name)) return undefined;
    return { name: 'shufflenet-v2', network: shuffleNet, initialization: defaultInitialization };
  },
};

/**
 * Taps: `f0` the stem after its ReLU, `f1`, `f2`, `f3` after a group's last shuffle, `f4` pooled. `f<i>.preact` is the
 * last block before its ReLU and before the shuffle, with the untouched half in front; `f<i>.block<k>` are the blocks ahead of a group's
 * last, after their shuffle.
 */
const shuffleNet: Network = function* run(layers, images, classCount) {
  let x = layers.conv('conv1', images, { outputs: 24, size: 1 });
  x = layers.relu(layers.batchNorm('bn1', x));
  yield { name: 'f0', role: 'stem', value: x };
  yield { name: 'f0.preact', role: 'preact-stem', value: x };
  for (const [index, [outputs, count]] of stages.entries()) {
    const stage = index + 1;
    x = halvingBlock(layers, `layer${stage}.0`, x, outputs);
    yield { name: `f${stage}.block1`, role: 'block', value: x };
    for (let block = 1; block <= count; block += 1) {
      const [kept, sum] = basicBlock(layers, `layer${stage}.${block}`, x);
      if (block < count) {
        x = layers.shuffle(layers.concat(kept, layers.relu(sum)), 2);
        yield { name: `f${stage}.block${block + 1}`, role: 'block', value: x };
        continue;
      }
      // The kept half has been through a ReLU before, so that another one over both halves changes nothing.
      const both = layers.concat(kept, sum);
      yield { name: `f${stage}.preact`, role: 'preact-map', value: both };
      x = layers.shuffle(layers.relu(both), 2);
    }
    yield { name: `f${stage}`, role: 'map', value: x };
  }
  x = layers.relu(layers.batchNorm('bn2', layers.conv('conv2', x, { outputs: 1024, size: 1 })));
  const pooled = layers.globalAvgPool(x);
  yield { name: 'f4', role: 'pooled', value: pooled };
  yield { name: 'logits', role: 'logits', value: layers.dense('linear', pooled, classCount) };
};

/** The untouched half, and the other half before its ReLU. */
function basicBlock<T>(layers: Layers<T>, name: string, x: T): readonly [T, T] {
  const outputs = layers.channels(x) / 2;
  const [kept, worked] = layers.split(x, outputs);
  let y = layers.conv(`${name}.conv1`, worked, { outputs, size: 1 });
  y = layers.relu(layers.batchNorm(`${name}.bn1`, y));
  y = layers.conv(`${name}.conv2`, y, { outputs, size: 3, pad: 1, groups: outputs });
  y = layers.conv(`${name}.conv3`, layers.batchNorm(`${name}.bn2`, y), { outputs, size: 1 });
  return [kept, layers.batchNorm(`${name}.bn3`, y)];
}

/** Both halves see the whole input, at half its size. */
function halvingBlock<T>(layers: Layers<T>, name: string, x: T, outputs: number): T {
  const inputs = layers.channels(x);
  const half = outputs / 2;
  const depthwise = { size: 3, stride: 2, pad: 1 };
  let left = layers.conv(`${name}.conv1`, x, { ...depthwise, outputs: inputs, groups: inputs });
  left = layers.conv(`${name}.conv2`, layers.batchNorm(`${name}.bn1`, left), { outputs: half, size: 1 });
  left = layers.relu(layers.batchNorm(`${name}.bn2`, left));
  let right = layers.conv(`${name}.conv3`, x, { outputs: half, size: 1 });
  right = layers.relu(layers.batchNorm(`${name}.bn3`, right));
  right = layers.conv(`${name}.conv4`, right, { ...depthwise, outputs: half, groups: half });
  right = layers.conv(`${name}.conv5`, layers.batchNorm(`${name}.bn4`, right), { outputs: half, size: 1 });
  right = layers.relu(layers.batchNorm(`${name}.bn5`, right));
  return layers.shuffle(layers.concat(left, right), 2);
}
