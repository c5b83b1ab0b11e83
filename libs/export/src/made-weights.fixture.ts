import { describeModel, encodeWeights, type ModelConfig } from '@lyceum/models';

/** A file of weights without an engine; every number is another one. */
export function makeWeights(
  config: ModelConfig,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  let next = 0;
  const values = describeModel(config).parameters.map(({ name, kind, shape }) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return { name, kind, shape, data: Float32Array.from({ length }, () => (next += 1)) };
  });
  return encodeWeights(config, values, metadata);
}
