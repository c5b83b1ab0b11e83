import { tf } from '@lyceum/engine';
import type { TensorMap } from '../loss.js';
import { parseParams } from '../params.js';
import type { AnyOperator } from '../operators/operator.js';
import { compare, compareExactly, compareFinite, failed, type Comparison } from './comparison.js';
import { gradientsOf, hostValues, scoped } from './gradients.js';
import type { RecordedCase } from './vector-file.js';
import { vectorCaseOf } from './vector-owner.js';
import { tensorsOf } from './vector-tensors.js';

/**
 * Runs one recorded operator case: its outputs, whole numbers exactly; with probes also the vector-Jacobian product,
 * the derivative of sum over outputs of <probe.name, output name>.
 */
export function runOperatorCase(operator: AnyOperator, recorded: RecordedCase): readonly Comparison[] {
  return scoped(() => {
    const { probes, inputs } = splitProbes(tensorsOf(recorded.inputs));
    const weights = tensorsOf(recorded.weights ?? {});
    const { vectors } = operator;
    const given = Object.entries(recorded.params).filter(
      ([name]) => vectors?.derived?.includes(name) !== true,
    );
    const variant = 'variant' in operator.params ? { variant: recorded.variant } : {};
    const implied = vectors?.implied?.(vectorCaseOf(recorded)) ?? {};
    const params = parseParams(operator.params, { ...variant, ...implied, ...Object.fromEntries(given) });
    const run = (tensors: TensorMap): TensorMap => {
      const own = Object.entries(tensors).filter(([name]) => name.startsWith('weights.'));
      return operator.run({
        params,
        inputs: {
          ...inputs,
          ...Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith('weights.'))),
        },
        weights: {
          ...weights,
          ...Object.fromEntries(own.map(([name, tensor]) => [name.slice('weights.'.length), tensor])),
        },
      });
    };
    if (Object.keys(probes).length === 0) return outputComparisons(recorded, hostValues(run({})));
    return probedComparisons(recorded, { ...differentiable(inputs), ...prefixWeights(weights) }, probes, run);
  });
}

function probedComparisons(
  recorded: RecordedCase,
  variables: TensorMap,
  probes: TensorMap,
  run: (tensors: TensorMap) => TensorMap,
): readonly Comparison[] {
  const ran = gradientsOf(variables, (tensors) => {
    const outputs = run(tensors);
    const products = Object.entries(probes).map(([name, probe]) =>
      tf.sum<tf.Scalar>(tf.mul(probe, outputs[name])),
    );
    return {
      value: products.reduce((sum, product) => tf.add<tf.Scalar>(sum, product)),
      result: hostValues(outputs),
    };
  });
  const expected = Object.entries(recorded.expect.grads ?? {});
  const errors = recorded.float32Error?.grads ?? {};
  const finite = Object.entries(ran.gradients).map(([name, numbers]) =>
    compareFinite(`grads.${name}`, numbers),
  );
  return [
    ...outputComparisons(recorded, ran.result),
    compare('value', [ran.value], recorded.expect.value ?? Number.NaN, recorded.float32Error?.value),
    ...finite.filter(({ problem }) => problem !== undefined),
    ...(recorded.check === 'finite'
      ? []
      : expected.map(([name, value]) =>
          compare(`grads.${name}`, ran.gradients[name] ?? [], value, errors[name]),
        )),
  ];
}

function outputComparisons(
  recorded: RecordedCase,
  ours: Readonly<Record<string, ArrayLike<number>>>,
): readonly Comparison[] {
  const expected = Object.entries(recorded.expect.outputs ?? {});
  if (expected.length === 0) return [failed('outputs', 'an operator case records no outputs')];
  return expected.map(([name, value]) => {
    const numbers = ours[name];
    if (numbers === undefined) return failed(`outputs.${name}`, 'is recorded, but the operator gives none');
    if (value.dtype === 'int32') return compareExactly(`outputs.${name}`, numbers, value);
    return compare(`outputs.${name}`, numbers, value, recorded.float32Error?.outputs?.[name]);
  });
}

function splitProbes(tensors: TensorMap): { readonly probes: TensorMap; readonly inputs: TensorMap } {
  const entries = Object.entries(tensors);
  const isProbe = ([name]: [string, unknown]): boolean => name.startsWith('probe.');
  const probes = entries
    .filter(isProbe)
    .map(([name, tensor]) => [name.slice('probe.'.length), tensor] as const);
  return {
    probes: Object.fromEntries(probes),
    inputs: Object.fromEntries(entries.filter((entry) => !isProbe(entry))),
  };
}

function differentiable(inputs: TensorMap): TensorMap {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name.startsWith('student.')));
}

function prefixWeights(weights: TensorMap): TensorMap {
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [`weights.${name}`, tensor]));
}
