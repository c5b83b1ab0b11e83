import { invalidField } from '@lyceum/errors';
import { residualInitialization } from '../initializers.js';
import type { Network } from '../network/layers.js';
import type { Family } from './family.js';

/** Six 3x3 convolutions in three groups: the plainest network that learns well, and the smallest here. */
export const plainCnn: Family = {
  id: 'plain-cnn',
  description: 'plain CNN of six convolutions: plain-cnn-<width>, channels width, 2 width, 4 width',
  source: 'own; batch normalisation as in Ioffe and Szegedy 2015',
  names: ['plain-cnn-8', 'plain-cnn-16', 'plain-cnn-32', 'plain-cnn-64'],
  find(name) {
    const match = /^plain-cnn-(\d+)$/.exec(name);
    if (match === null) return undefined;
    const width = Number(match[1]);
    if (width < 1 || width > 1024) {
      throw invalidField('architecture', `the width of ${name} must be from 1 to 1024, found ${width}`);
    }
    return { name, network: plainNetwork(width), initialization: residualInitialization };
  },
};

/**
 * Taps: `f0` after the first ReLU, `f1`, `f2`, `f3` the groups after their ReLU and before pooling, `f4` pooled;
 * `f2.block1` and `f3.block1` are behind the first convolution of their groups.
 */
const plainNetwork = (width: number): Network =>
  function* run(layers, images, classCount) {
    let x = images;
    for (const group of [1, 2, 3]) {
      const outputs = width * 2 ** (group - 1);
      if (group > 1) x = layers.maxPool(x, { size: 2, stride: 2 });
      for (const place of [1, 2]) {
        const name = (kind: string): string => `group${group}.${kind}${place}`;
        const sum = layers.batchNorm(name('bn'), layers.conv(name('conv'), x, { outputs, size: 3, pad: 1 }));
        if (place === 2) yield { name: `f${group}.preact`, role: 'preact-map', value: sum, norm: name('bn') };
        x = layers.relu(sum);
        if (group > 1 && place === 1) yield { name: `f${group}.block1`, role: 'block', value: x };
        if (group > 1 || place > 1) continue;
        yield { name: 'f0', role: 'stem', value: x };
        yield { name: 'f0.preact', role: 'preact-stem', value: x };
      }
      yield { name: `f${group}`, role: 'map', value: x };
    }
    const pooled = layers.globalAvgPool(x);
    yield { name: 'f4', role: 'pooled', value: pooled };
    yield { name: 'logits', role: 'logits', value: layers.dense('fc', pooled, classCount) };
  };
