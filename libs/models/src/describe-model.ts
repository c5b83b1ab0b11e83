import { invalidFields, unknownName, type Violation } from '@lyceum/errors';
import type { ModelConfig, TapInfo } from './model.js';
import { Trace, type LayerInfo, type ParameterInfo } from './network/trace.js';
import { findArchitecture } from './registry.js';

/** What is known of a model without building it. */
export interface ModelDescription {
  /** With the architecture under its listed name. */
  readonly config: ModelConfig;
  readonly family: string;
  /** Shallow to deep; `logits` last. */
  readonly taps: readonly TapInfo[];
  readonly parameters: readonly ParameterInfo[];
  /** Trainable numbers. */
  readonly parameterCount: number;
  /** Moving statistics. */
  readonly bufferCount: number;
  /** Of convolutions and dense layers, for one image. */
  readonly multiplyAdds: number;
  /** In the order of execution. */
  readonly layers: readonly LayerInfo[];
}

/**
 * Describes a model; loads no engine.
 * @throws LyceumError UNKNOWN_NAME with the nearest names, INVALID_FIELD for what can not be built.
 */
export function describeModel(config: ModelConfig): ModelDescription {
  const { name, family, network } = findArchitecture(config.architecture);
  checkConfig(config);
  const trace = new Trace();
  const reached = [...network(trace, config.inputShape, config.classCount)];
  const taps = reached.map(({ value, ...tap }) => ({ ...tap, shape: value }));
  const { parameters, layers } = trace;
  return {
    config: { ...config, architecture: name },
    family,
    taps,
    parameters,
    parameterCount: sum(parameters.filter((parameter) => parameter.trainable).map(sizeOf)),
    bufferCount: sum(parameters.filter((parameter) => !parameter.trainable).map(sizeOf)),
    multiplyAdds: sum(layers.map((layer) => layer.multiplyAdds)),
    layers,
  };
}

/**
 * Names of all parameters, moving statistics included, that a tap depends on: what is trained when only the layers up
 * to it are.
 * @throws LyceumError UNKNOWN_NAME for a tap that the model does not have.
 */
export function parameterNamesUpTo(model: { readonly config: ModelConfig }, tap: string): string[] {
  const { classCount, inputShape, architecture } = model.config;
  const trace = new Trace();
  const taps: string[] = [];
  for (const { name } of findArchitecture(architecture).network(trace, inputShape, classCount)) {
    taps.push(name);
    if (name === tap) return trace.parameters.map((parameter) => parameter.name);
  }
  throw unknownName('tap', tap, taps);
}

function checkConfig({ classCount, inputShape }: ModelConfig): void {
  const violations: Violation[] = [];
  if (!isCount(classCount)) {
    violations.push({
      field: 'classCount',
      description: `must be a whole number from 1, found ${classCount}`,
    });
  }
  if (inputShape.length !== 3 || !inputShape.every(isCount)) {
    const description = `must be [height, width, channels], each a whole number from 1, found [${inputShape.join(', ')}]`;
    violations.push({ field: 'inputShape', description });
  }
  if (violations.length > 0) throw invalidFields(violations);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function sizeOf({ shape }: ParameterInfo): number {
  return shape.reduce((product, size) => product * size, 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
