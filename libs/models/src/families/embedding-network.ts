import { invalidField } from '@lyceum/errors';
import type { Network } from '../network/layers.js';
import { firstThatKnows, type Family } from './family.js';

/** Any network with a linear layer between its pooled feature and its classifier, as networks that tell faces apart have. */
export const embeddingNetwork = (bases: readonly Family[]): Family => ({
  id: 'embedding',
  description: 'any of the others with an embedding ahead of its classifier: <name>-embed<width>',
  source: 'own: one linear layer, where networks that tell faces apart have their embedding',
  names: ['resnet20-embed64', 'plain-cnn-8-embed32'],
  find(name) {
    const match = /^(.+)-embed(\d+)$/.exec(name);
    if (match === null) return undefined;
    const [, base, digits] = match;
    const found = firstThatKnows(bases, base);
    if (found === undefined) return undefined;
    const width = Number(digits);
    if (width < 1 || width > 4096)
      throw invalidField(
        'architecture',
        `the embedding of ${name} must have 1 to 4096 numbers, found ${width}`,
      );
    return { name, network: withEmbedding(found.network, width), initialization: found.initialization };
  },
});

/**
 * Taps: those of the network ahead of its pooled feature; `embed`, which stands in the pooled feature's place and may be
 * negative; `logits`.
 */
const withEmbedding = (base: Network, width: number): Network =>
  function* run(layers, images, classCount) {
    for (const reached of base(layers, images, classCount)) {
      if (reached.role !== 'pooled') {
        yield reached;
        continue;
      }
      const embedding = layers.dense('embed', reached.value, width);
      yield { name: 'embed', role: 'pooled', value: embedding };
      yield { name: 'logits', role: 'logits', value: layers.dense('fc', embedding, classCount) };
      return;
    }
  };
