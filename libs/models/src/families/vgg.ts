import { narrowClassifierInitialization } from '../initializers.js';
import type { Network } from '../network/layers.js';
import type { Family } from './family.js';

/** Convolutions in each of the five blocks. */
const blockSizes: Readonly<Record<string, readonly number[] | undefined>> = {
  vgg8: [1, 1, 1, 1, 1],
  vgg11: [1, 1, 2, 2, 2],
  vgg13: [2, 2, 2, 2, 2],
  vgg16: [2, 2, 3, 3, 3],
  vgg19: [2, 2, 4, 4, 4],
};
const widths = [64, 128, 256, 512, 512];

/** VGG for small images: batch normalisation, no dense layers but the classifier. */
export const vgg: Family = {
  id: 'vgg',
  description: 'VGG with batch normalisation: vgg8, vgg11, vgg13, vgg16, vgg19',
  source: 'Simonyan and Zisserman 2015; RepDistiller models/vgg.py',
  names: Object.keys(blockSizes),
  find(spelling) {
    const name = spelling.replace(/-bn$/, '');
    const sizes = blockSizes[name];
    if (sizes === undefined) return undefined;
    return { name, network: vggNetwork(sizes), initialization: narrowClassifierInitialization };
  },
};

/**
 * Taps: `f0` ... `f4` the blocks after their ReLU and before pooling, `f5` pooled; `.preact` is before the ReLU, but
 * `f0.preact` is `f0`; `f<i>.block<k>` are the convolutions ahead of a block's last. Images of 64 pixels and more are halved once more, before the last block.
 */
const vggNetwork = (sizes: readonly number[]): Network =>
  function* run(layers, images, classCount) {
    let x = images;
    for (const [block, size] of sizes.entries()) {
      let sum = x;
      const norm = `block${block}.${3 * size - 2}`;
      for (let place = 0; place < size; place += 1) {
        const input = place === 0 ? x : layers.relu(sum);
        if (block > 0 && place > 0) yield { name: `f${block}.block${place}`, role: 'block', value: input };
        const name = (offset: number): string => `block${block}.${3 * place + offset}`;
        sum = layers.conv(name(0), input, { outputs: widths[block], size: 3, pad: 1, bias: true });
        sum = layers.batchNorm(name(1), sum);
      }
      if (block > 0) yield { name: `f${block}.preact`, role: 'preact-map', value: sum, norm };
      x = layers.relu(sum);
      yield { name: `f${block}`, role: block === 0 ? 'stem' : 'map', value: x };
      if (block === 0) yield { name: 'f0.preact', role: 'preact-stem', value: x };
      const halves = block < 3 || (block === 3 && layers.height(images) >= 64);
      if (halves) x = layers.maxPool(x, { size: 2, stride: 2 });
    }
    const pooled = layers.globalAvgPool(x);
    yield { name: 'f5', role: 'pooled', value: pooled };
    yield { name: 'logits', role: 'logits', value: layers.dense('classifier', pooled, classCount) };
  };
