import { createRandom } from '@lyceum/random';
import { describeOwned } from '../describe.js';
import { computeKey } from '../keys.js';
import type { AnyLoss, KeySet, LossInput, LossSetting, OwnedTensor, TensorMap } from '../loss.js';
import { settingOf, type SettingOptions } from '../setting.js';
import { compare, compareFinite, failed, type Comparison } from './comparison.js';
import { gradientsOf, hostValues, scoped, valuesOf } from './gradients.js';
import type { RecordedCase } from './vector-file.js';
import { vectorCaseOf } from './vector-owner.js';
import { caseTensors, shapesOf, type CaseTensors } from './vector-tensors.js';

type Numbers = Readonly<Record<string, ArrayLike<number>>>;

type CaseOptions = SettingOptions & Required<Pick<SettingOptions, 'params' | 'teacherShapes' | 'bare'>>;

/** What one step gave, off the engine. */
export interface CaseResult {
  readonly value: number;
  readonly terms: Numbers;
  /** All of the state after the step. */
  readonly state: Numbers;
  /** By `student.<slot>` and `weights.<name>`. */
  readonly gradients: Numbers;
}

/** Runs one recorded case through a loss's two halves and compares all that it records. */
export function runLossCase(module: AnyLoss, recorded: RecordedCase): readonly Comparison[] {
  return scoped(() => {
    const tensors = caseTensors(recorded);
    const setting = settingOf(module, caseOptions(module, recorded, tensors));
    const owned = describeOwned(module, setting);
    const keys = keysOfCase(module, setting, tensors);
    const step = stepOf(recorded, setting, tensors, keys);
    const inputs = { ...prefixed('student', tensors.student), ...prefixed('weights', tensors.weights) };
    const ran = gradientsOf(inputs, (variables) => {
      const output = module.value({
        ...step,
        student: under('student', variables),
        weights: under('weights', variables),
      });
      const result = {
        terms: hostValues(output.terms ?? {}),
        state: hostValues({ ...tensors.state, ...output.state }),
      };
      return { value: output.value, result };
    });
    return [
      ...ownedComparisons('weights', owned.adapters, tensors.weights),
      ...ownedComparisons('state', owned.state, tensors.state),
      ...compareCase(recorded, { ...ran.result, value: ran.value, gradients: ran.gradients }),
      ...keyComparisons(recorded, keys),
    ];
  });
}

/** Compares what a step gave, whichever way it was computed, with all that the case records of it. */
export function compareCase(recorded: RecordedCase, result: CaseResult): readonly Comparison[] {
  const { expect, float32Error } = recorded;
  return [
    compare('value', [result.value], expect.value ?? Number.NaN, float32Error?.value),
    ...compareEach('terms', expect.terms ?? {}, result.terms, float32Error?.value),
    ...compareEach('state', expect.state ?? {}, result.state),
    ...gradientComparisons(recorded, result.gradients),
  ];
}

/** What a case's loss is set up with: parameters, shapes and counts. */
export function caseOptions(module: AnyLoss, recorded: RecordedCase, tensors: CaseTensors): CaseOptions {
  const { params } = recorded;
  const facts = ['epoch', ...(module.vectors?.derived ?? [])];
  const given = Object.fromEntries(Object.entries(params).filter(([name]) => !facts.includes(name)));
  const variant = 'variant' in module.params ? { variant: recorded.variant } : {};
  const shapes = tensors.sources.map((set) => shapesOf(set.tensors, `${set.source}/`));
  return {
    params: { ...variant, ...module.vectors?.implied?.(vectorCaseOf(recorded)), ...given },
    studentShapes: shapesOf(tensors.student),
    teacherShapes: Object.fromEntries(shapes.flatMap((of) => Object.entries(of))),
    bare: Object.keys(tensors.weights).length === 0,
    ...(typeof params.nData === 'number' ? { sampleCount: params.nData } : {}),
  };
}

/** A case's epoch as a session counts it, from 0; the originals count from 1. */
export function caseEpoch({ params: { epoch } }: RecordedCase): number {
  return typeof epoch === 'number' ? epoch - 1 : 0;
}

function keysOfCase(
  module: AnyLoss,
  setting: LossSetting,
  { sources, extra }: CaseTensors,
): readonly KeySet[] {
  const { params, studentShapes } = setting;
  return sources.map(({ source, tensors }) => ({
    source,
    tensors: computeKey(module, tensors, { params, studentShapes, source, extra }),
  }));
}

function stepOf(
  recorded: RecordedCase,
  setting: LossSetting,
  tensors: CaseTensors,
  keys: readonly KeySet[],
): Omit<LossInput, 'student' | 'weights'> {
  return {
    params: setting.params,
    keys,
    ...(tensors.labels === undefined ? {} : { labels: tensors.labels }),
    ...(tensors.indices === undefined ? {} : { indices: tensors.indices }),
    state: tensors.state,
    setting,
    step: 0,
    epoch: caseEpoch(recorded),
    random: (name) => createRandom(0, recorded.name, name),
    extra: tensors.extra,
  };
}

function ownedComparisons(
  kind: string,
  owned: readonly OwnedTensor[],
  given: TensorMap,
): readonly Comparison[] {
  return owned.flatMap(({ name, shape }) => {
    const found = given[name]?.shape;
    if (found?.join() === shape.join()) return [];
    return [
      failed(
        `${kind}.${name}`,
        `the loss builds shape [${shape.join(', ')}], recorded is [${found?.join(', ') ?? 'nothing'}]`,
      ),
    ];
  });
}

function gradientComparisons(recorded: RecordedCase, ours: Numbers): readonly Comparison[] {
  const finite = Object.entries(ours).map(([name, numbers]) => compareFinite(`grads.${name}`, numbers));
  const broken = finite.filter(({ problem }) => problem !== undefined);
  if (recorded.check === 'finite' || broken.length > 0) return broken;
  const expected = recorded.expect.grads ?? {};
  if (Object.keys(expected).length === 0) return [failed('grads', 'an exact case records no gradients')];
  return compareEach('grads', expected, ours, 0, recorded.float32Error?.grads);
}

function keyComparisons(recorded: RecordedCase, keys: readonly KeySet[]): readonly Comparison[] {
  const named = keys.flatMap(({ source, tensors }) => Object.entries(prefixed(source, tensors)));
  const ours = Object.fromEntries(named);
  const known = Object.entries(recorded.expect.teacherSide ?? {}).filter(
    ([name]) => ours[name] !== undefined,
  );
  return known.map(([name, expected]) => compare(`teacherSide.${name}`, valuesOf(ours[name]), expected));
}

function compareEach(
  kind: string,
  expected: RecordedValues,
  ours: Numbers,
  error = 0,
  errors: Readonly<Record<string, number>> = {},
): readonly Comparison[] {
  return Object.entries(expected).map(([name, value]) => {
    const numbers = ours[name];
    if (numbers === undefined) return failed(`${kind}.${name}`, 'is recorded, but the loss gives none');
    return compare(`${kind}.${name}`, numbers, value, errors[name] ?? error);
  });
}

type RecordedValues = NonNullable<RecordedCase['expect']['state']>;

function prefixed(prefix: string, tensors: TensorMap): TensorMap {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}.${name}`, tensor]));
}

function under(prefix: string, tensors: TensorMap): TensorMap {
  const found = Object.entries(tensors).filter(([name]) => name.startsWith(`${prefix}.`));
  return Object.fromEntries(found.map(([name, tensor]) => [name.slice(prefix.length + 1), tensor]));
}
