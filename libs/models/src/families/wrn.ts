import { invalidField } from '@lyceum/errors';
import { wideResidualInitialization } from '../initializers.js';
import type { Layers, Network } from '../network/layers.js';
import type { Family } from './family.js';

/** Wide residual networks, pre-activation, without dropout. */
export const wrn: Family = {
  id: 'wrn',
  description: 'wide residual network: wrn-<depth>-<width>, depth 6n + 4',
  source: 'Zagoruyko and Komodakis 2016; RepDistiller models/wrn.py',
  names: ['wrn-16-1', 'wrn-16-2', 'wrn-40-1', 'wrn-40-2', 'wrn-28-10'],
  find(name) {
    const match = /^wrn-(\d+)-(\d+)$/.exec(name);
    if (match === null) return undefined;
    const [depth, width] = [Number(match[1]), Number(match[2])];
    if (depth < 10 || (depth - 4) % 6 !== 0) {
      throw invalidField(
        'architecture',
        `the depth of ${name} must be 6n + 4 (10, 16, 22, 28, 40), found ${depth}`,
      );
    }
    if (width < 1)
      throw invalidField('architecture', `the width of ${name} must be 1 or more, found ${width}`);
    return {
      name,
      network: wideResidual((depth - 4) / 6, width),
      initialization: wideResidualInitialization,
    };
  },
};

/**
 * Taps: `f0` the first convolution, raw; `f1`, `f2`, `f3` the raw sums of the groups; `f4` pooled. `f<i>.preact` is a
 * group's sum after the batch normalisation that follows it, before the ReLU. Blocks ahead of a group's last are
 * `f<i>.block<k>`, raw sums too.
 */
const wideResidual = (blockCount: number, width: number): Network =>
  function* run(layers, images, classCount) {
    let x = layers.conv('conv1', images, { outputs: 16, size: 3, pad: 1 });
    yield { name: 'f0', role: 'stem', value: x };
    yield { name: 'f0.preact', role: 'preact-stem', value: x };
    for (const group of [1, 2, 3]) {
      const outputs = 8 * 2 ** group * width;
      for (let block = 0; block < blockCount; block += 1) {
        const name = `block${group}.layer.${block}`;
        const normal = layers.batchNorm(`${name}.bn1`, x);
        const norm = `${name}.bn1`;
        if (block === 0 && group > 1)
          yield { name: `f${group - 1}.preact`, role: 'preact-map', value: normal, norm };
        x = residual(layers, name, x, normal, outputs, block === 0 && group > 1 ? 2 : 1);
        if (block < blockCount - 1) yield { name: `f${group}.block${block + 1}`, role: 'block', value: x };
      }
      yield { name: `f${group}`, role: 'map', value: x };
    }
    const normal = layers.batchNorm('bn1', x);
    yield { name: 'f3.preact', role: 'preact-map', value: normal, norm: 'bn1' };
    const pooled = layers.globalAvgPool(layers.relu(normal));
    yield { name: 'f4', role: 'pooled', value: pooled };
    yield { name: 'logits', role: 'logits', value: layers.dense('fc', pooled, classCount) };
  };

/** Where the width changes, the shortcut starts after the first activation too. */
function residual<T>(layers: Layers<T>, name: string, x: T, normal: T, outputs: number, stride: number): T {
  const active = layers.relu(normal);
  let y = layers.conv(`${name}.conv1`, active, { outputs, size: 3, stride, pad: 1 });
  y = layers.relu(layers.batchNorm(`${name}.bn2`, y));
  y = layers.conv(`${name}.conv2`, y, { outputs, size: 3, pad: 1 });
  if (layers.channels(x) === outputs) return layers.add(x, y);
  return layers.add(layers.conv(`${name}.convShortcut`, active, { outputs, size: 1, stride }), y);
}
