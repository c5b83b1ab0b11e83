import { tf } from '@lyceum/engine';
import { createRandom } from '@lyceum/random';
import { describeModel } from './describe-model.js';
import { initializerOf } from './initializers.js';
import type { Model, ModelConfig } from './model.js';
import { NetworkModel } from './network-model.js';
import { findArchitecture } from './registry.js';

/**
 * Builds a model with weights drawn as its authors' code does, each from the random stream of the seed and its
 * parameter's name: the same numbers in every process. An engine must have been started.
 *
 * @throws LyceumError UNKNOWN_NAME, INVALID_FIELD: as `describeModel`.
 * @example
 * const model = buildModel({ architecture: 'resnet8x4', classCount: 100, inputShape: [32, 32, 3] }, 7);
 * const { f3, logits } = model.forward(images, ['f3', 'logits'], { training: false });
 */
export function buildModel(config: ModelConfig, seed: number): Model {
  const { initialization } = findArchitecture(config.architecture);
  const description = describeModel(config);
  const denseNames = new Set(
    description.layers.filter((layer) => layer.kind === 'dense').map((layer) => `${layer.name}.bias`),
  );
  return new NetworkModel(description, (parameter) => {
    const initialize = initializerOf(parameter, denseNames.has(parameter.name), initialization);
    const count = tf.util.sizeFromShape([...parameter.shape]);
    return initialize(createRandom(seed, 'model', parameter.name), count, parameter);
  });
}
