import { LyceumError } from '@lyceum/errors';
import type { ModelConfig } from '../model.js';
import type { WeightLayout } from './encode-weights.js';

/** What a file of weights says about its model. */
export function metadataOf(config: ModelConfig, layout: WeightLayout): Record<string, string> {
  const { architecture, classCount, inputShape } = config;
  return { architecture, classCount: String(classCount), inputShape: inputShape.join('x'), layout };
}

/**
 * The configuration that `saveWeights` wrote into a file.
 * @throws LyceumError CORRUPT_FILE when it is not there, as in files of other tools.
 */
export function configFrom(metadata: Readonly<Record<string, string>>, label: string): ModelConfig {
  const { architecture, classCount, inputShape } = metadata as Record<string, string | undefined>;
  const sides = (inputShape ?? '').split('x').map(Number);
  if (architecture === undefined || classCount === undefined || sides.length !== 3) {
    const text = `${label}: does not say which model it is for (architecture, classCount and inputShape in its metadata)`;
    throw new LyceumError('CORRUPT_FILE', `${text}; give the model's configuration`);
  }
  const [height, width, channels] = sides;
  return { architecture, classCount: Number(classCount), inputShape: [height, width, channels] };
}

/** The layout of a file. Files of other tools come from PyTorch. */
export function layoutFrom(metadata: Readonly<Record<string, string>>): WeightLayout {
  return metadata.layout === 'engine' ? 'engine' : 'pytorch';
}
