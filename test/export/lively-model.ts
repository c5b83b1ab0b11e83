import { tf } from '@lyceum/engine';
import { buildModel, saveWeights, type Model, type ModelConfig } from '@lyceum/models';
import { encodeSafetensors, hostTensor } from '@lyceum/tensor';

/** An untrained model whose batch norms have statistics, scales and offsets that all differ. */
export function livelyModel(config: ModelConfig): Model {
  const model = buildModel(config, 3);
  tf.tidy(() => model.forward(someImages(config, 4, 5), ['logits'], { training: true }));
  for (const [place, { kind, variable }] of model.parameters.entries()) {
    if (!kind.startsWith('bn')) continue;
    tf.tidy(() =>
      variable.assign(tf.add(variable, tf.randomUniform(variable.shape, -0.2, 0.2, 'float32', place))),
    );
  }
  return model;
}

function someImages({ inputShape }: ModelConfig, count: number, seed: number): tf.Tensor4D {
  return tf.randomNormal<tf.Rank.R4>([count, ...inputShape], 0, 1, 'float32', seed);
}

/** What is kept of a model in its file. */
export const metadata = {
  data: 'cifar-10',
  normalization: '{"mean":[0.49,0.48,0.45],"std":[0.25,0.24,0.26]}',
  classes: '["cat","dog"]',
};

/** A model's weights, as a trainer would have written them. */
export function weightsOf(model: Model): Uint8Array {
  return saveWeights(model, metadata);
}

/** Three images and what the engine makes of them, as a safetensors file: `images`, `logits` and further taps. */
export function expectedOf(model: Model, taps: readonly string[] = []): Uint8Array {
  return tf.tidy(() => {
    const images = someImages(model.config, 3, 9);
    const found = { images, ...model.forward(images, ['logits', ...taps], { training: false }) };
    const tensors = Object.entries(found).map(([name, tensor]) =>
      hostTensor(name, tensor.dataSync<'float32'>(), tensor.shape),
    );
    return encodeSafetensors(tensors);
  });
}
