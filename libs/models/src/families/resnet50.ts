import { residualInitialization } from '../initializers.js';
import type { Layers, Network } from '../network/layers.js';
import type { Family } from './family.js';
import { basicBlock, shortcut } from './resnet.js';

const blockCounts: Readonly<Record<string, readonly number[] | undefined>> = {
  resnet18: [2, 2, 2, 2],
  resnet34: [3, 4, 6, 3],
  resnet50: [3, 4, 6, 3],
};

/** The ImageNet ResNets with a 3x3 stem and no early pooling, as used on CIFAR. */
export const resnet50: Family = {
  id: 'resnet50',
  description: 'ImageNet ResNet with a stem for small images: resnet18, resnet34, resnet50',
  source: 'He et al. 2016; RepDistiller models/resnetv2.py',
  names: Object.keys(blockCounts),
  find(name) {
    const counts = blockCounts[name];
    if (counts === undefined) return undefined;
    const block = name === 'resnet50' ? bottleneck : basic;
    return { name, network: fourGroups(counts, block), initialization: residualInitialization };
  },
};

type Block = <T>(layers: Layers<T>, name: string, x: T, width: number, stride: number) => T;

/** Taps: `f0` the stem, `f1` ... `f4` the groups after their ReLU, `f5` pooled; `.preact` and blocks as in the CIFAR ResNets. */
const fourGroups = (blockCounts: readonly number[], block: Block): Network =>
  function* run(layers, images, classCount) {
    let x = layers.conv('conv1', images, { outputs: 64, size: 3, pad: 1 });
    x = layers.relu(layers.batchNorm('bn1', x));
    yield { name: 'f0', role: 'stem', value: x };
    yield { name: 'f0.preact', role: 'preact-stem', value: x };
    for (const [index, count] of blockCounts.entries()) {
      const group = index + 1;
      for (let place = 0; place < count; place += 1) {
        const stride = place === 0 && group > 1 ? 2 : 1;
        const sum = block(layers, `layer${group}.${place}`, x, 64 * 2 ** index, stride);
        const isLast = place === count - 1;
        const norm = `layer${group}.${place}.${block === bottleneck ? 'bn3' : 'bn2'}`;
        if (isLast) yield { name: `f${group}.preact`, role: 'preact-map', value: sum, norm };
        x = layers.relu(sum);
        if (!isLast) yield { name: `f${group}.block${place + 1}`, role: 'block', value: x };
      }
      yield { name: `f${group}`, role: 'map', value: x };
    }
    const pooled = layers.globalAvgPool(x);
    yield { name: 'f5', role: 'pooled', value: pooled };
    yield { name: 'logits', role: 'logits', value: layers.dense('linear', pooled, classCount) };
  };

const basic: Block = (layers, name, x, width, stride) =>
  basicBlock(layers, name, x, width, stride, 'shortcut');

const bottleneck: Block = (layers, name, x, width, stride) => {
  let y = layers.conv(`${name}.conv1`, x, { outputs: width, size: 1 });
  y = layers.relu(layers.batchNorm(`${name}.bn1`, y));
  y = layers.conv(`${name}.conv2`, y, { outputs: width, size: 3, stride, pad: 1 });
  y = layers.relu(layers.batchNorm(`${name}.bn2`, y));
  y = layers.batchNorm(`${name}.bn3`, layers.conv(`${name}.conv3`, y, { outputs: 4 * width, size: 1 }));
  return layers.add(y, shortcut(layers, `${name}.shortcut`, x, 4 * width, stride));
};
