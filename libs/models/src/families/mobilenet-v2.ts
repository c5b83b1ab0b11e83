import { narrowClassifierInitialization } from '../initializers.js';
import type { Layers, Network } from '../network/layers.js';
import type { Family } from './family.js';

/** Expansion, output channels, blocks and first stride of each of the seven groups, at half width. */
const groups = [
  [1, 8, 1, 1],
  [6, 12, 2, 1],
  [6, 16, 3, 2],
  [6, 32, 4, 2],
  [6, 48, 3, 1],
  [6, 80, 3, 2],
  [6, 160, 1, 1],
] as const;
/** The groups after which there is a tap. */
const tapOfGroup: Readonly<Record<number, string | undefined>> = { 1: 'f1', 2: 'f2', 4: 'f3', 6: 'f4' };

/** MobileNetV2 at half width, for small images. */
export const mobileNetV2: Family = {
  id: 'mobilenet-v2',
  description: 'MobileNetV2 at half width: mobilenet-v2',
  source: 'Sandler et al. 2018; RepDistiller models/mobilenetv2.py',
  names: ['mobilenet-v2'],
  find(name) {
    if (!['mobilenet-v2', 'mobilenetv2'].includes(name)) return undefined;
    return { name: 'mobilenet-v2', network: mobileNet, initialization: narrowClassifierInitialization };
  },
};

/**
 * Taps: `f0` the stem after its ReLU, `f1` ... `f4` after groups 1, 2, 4 and 6 (linear, so `.preact` is the same),
 * `f5` pooled; `f<i>.block<k>` are the blocks ahead of a tap, since the tap before it.
 */
const mobileNet: Network = function* run(layers, images, classCount) {
  let x = layers.conv('conv1.0', images, { outputs: 16, size: 3, stride: 2, pad: 1 });
  x = layers.relu(layers.batchNorm('conv1.1', x));
  yield { name: 'f0', role: 'stem', value: x };
  yield { name: 'f0.preact', role: 'preact-stem', value: x };
  let place = 0;
  for (const [group, [expansion, outputs, count, firstStride]] of groups.entries()) {
    for (let block = 0; block < count; block += 1) {
      const stride = block === 0 ? firstStride : 1;
      x = invertedResidual(layers, `blocks.${group}.${block}.conv`, x, outputs, stride, expansion);
      place += 1;
      if (block < count - 1 || tapOfGroup[group] === undefined)
        yield { name: `${nextTap(group)}.block${place}`, role: 'block', value: x };
    }
    const name = tapOfGroup[group];
    if (name === undefined) continue;
    place = 0;
    const norm = `blocks.${group}.${count - 1}.conv.7`;
    yield { name: `${name}.preact`, role: 'preact-map', value: x, norm };
    yield { name, role: 'map', value: x };
  }
  x = layers.conv('conv2.0', x, { outputs: 1280, size: 1 });
  const pooled = layers.globalAvgPool(layers.relu(layers.batchNorm('conv2.1', x)));
  yield { name: 'f5', role: 'pooled', value: pooled };
  yield { name: 'logits', role: 'logits', value: layers.dense('classifier.0', pooled, classCount) };
};

/** The tap that a group's blocks lead to. */
function nextTap(group: number): string {
  return tapOfGroup[group] ?? nextTap(group + 1);
}

function invertedResidual<T>(
  layers: Layers<T>,
  name: string,
  x: T,
  outputs: number,
  stride: number,
  expansion: number,
): T {
  const inputs = layers.channels(x);
  const wide = inputs * expansion;
  let y = layers.conv(`${name}.0`, x, { outputs: wide, size: 1 });
  y = layers.relu(layers.batchNorm(`${name}.1`, y));
  y = layers.conv(`${name}.3`, y, { outputs: wide, size: 3, stride, pad: 1, groups: wide });
  y = layers.relu(layers.batchNorm(`${name}.4`, y));
  y = layers.batchNorm(`${name}.7`, layers.conv(`${name}.6`, y, { outputs, size: 1 }));
  return stride === 1 && inputs === outputs ? layers.add(x, y) : y;
}
