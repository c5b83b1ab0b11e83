import { tf } from '@lyceum/engine';
import { invalidField, LyceumError, unknownName } from '@lyceum/errors';
import type { ModelDescription } from './describe-model.js';
import type { ForwardOptions, Model, ModelConfig, Parameter, TapInfo } from './model.js';
import type { Network } from './network/layers.js';
import { TensorLayers } from './network/tensor-layers.js';
import type { ParameterInfo } from './network/trace.js';
import { findArchitecture } from './registry.js';

/** A described network with variables on the engine. */
export class NetworkModel implements Model {
  readonly config: ModelConfig;
  readonly taps: readonly TapInfo[];
  readonly parameters: readonly Parameter[];
  readonly parameterCount: number;
  private readonly network: Network;
  private readonly variables: ReadonlyMap<string, tf.Variable>;

  /** @param valuesOf the starting values of a parameter, flat, in the engine's layout. */
  constructor(description: ModelDescription, valuesOf: (parameter: ParameterInfo) => Float32Array) {
    this.config = description.config;
    this.taps = description.taps;
    this.parameterCount = description.parameterCount;
    this.network = findArchitecture(description.config.architecture).network;
    this.parameters = description.parameters.map((parameter) => {
      const { name, kind, trainable, shape } = parameter;
      const variable = tf.tidy(() => tf.variable(tf.tensor(valuesOf(parameter), [...shape]), trainable));
      return { name, kind, trainable, variable };
    });
    this.variables = new Map(this.parameters.map(({ name, variable }) => [name, variable]));
  }

  forward(
    images: tf.Tensor4D,
    wanted: readonly string[],
    options: ForwardOptions,
  ): Record<string, tf.Tensor> {
    this.checkImages(images);
    this.checkTaps(wanted);
    return tf.tidy(() => {
      const layers = new TensorLayers(this.variables, options.training, options.frozenParts);
      const missing = new Set(wanted);
      const found: Record<string, tf.Tensor> = {};
      if (missing.size === 0) return found;
      for (const { name, value } of this.network<tf.Tensor>(layers, images, this.config.classCount)) {
        if (!missing.delete(name)) continue;
        found[name] = value;
        if (missing.size === 0) break;
      }
      return found;
    });
  }

  dispose(): void {
    for (const { variable } of this.parameters) variable.dispose();
  }

  private checkImages({ shape, dtype }: tf.Tensor): void {
    const { inputShape } = this.config;
    if (shape.length !== 4 || inputShape.some((size, axis) => shape[axis + 1] !== size)) {
      const description = `must be [N, ${inputShape.join(', ')}], found [${shape.join(', ')}]`;
      const violations = [{ field: 'images', description }];
      throw new LyceumError('SHAPE_MISMATCH', `images: ${description}`, { violations });
    }
    if (dtype !== 'float32') throw invalidField('images', `must be float32, found ${dtype}`);
  }

  private checkTaps(wanted: readonly string[]): void {
    const known = this.taps.map(({ name }) => name);
    const unknown = wanted.find((name) => !known.includes(name));
    if (unknown !== undefined) throw unknownName('tap', unknown, known);
  }
}
