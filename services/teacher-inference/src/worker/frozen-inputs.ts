import { tf, toEngineMap, toHost } from '@lyceum/engine';
import { LyceumError, unknownName } from '@lyceum/errors';
import {
  assignedShapes,
  settingOf,
  type AnyLoss,
  type ExtraInput,
  type LossSetting,
  type NormTensors,
  type TapAssignment,
  type TensorMap,
} from '@lyceum/losses';
import type { Model } from '@lyceum/models';
import type { HostTensor } from '@lyceum/tensor';
import type { PlannedKey } from './inference-api.js';

/** What keys are computed from: taps, and the parameters that constants are computed from. */
export type TeacherNetwork = Pick<Model, 'taps' | 'parameters'>;

/**
 * The constants of a key half: those given, compared with what the loss declares, and those that the teacher's own
 * batch norms give. One that is missing is told by the key half, which alone knows whether it reads it.
 * @param taps tap of every slot.
 * @returns puts them on the engine, in the caller's scope.
 */
export function frozenInputs(
  module: AnyLoss,
  { params, studentShapes, frozen }: PlannedKey,
  taps: TapAssignment,
  teacher: TeacherNetwork,
): () => TensorMap {
  const declared = (module.extra ?? []).filter(({ from, half }) => from === 'frozen' && half === 'key');
  if (declared.length + frozen.length === 0) return () => ({});
  const computed = declared.flatMap(({ name, fromNorms }) => {
    if (fromNorms === undefined || frozen.some((given) => given.name === name)) return [];
    return [computedFrom(name, fromNorms, taps, teacher)];
  });
  if (frozen.length > 0) {
    const teacherShapes = assignedShapes(taps, teacher.taps);
    checkGiven(frozen, declared, settingOf(module, { params, studentShapes, teacherShapes }));
  }
  const constants = [...frozen, ...computed];
  return () => toEngineMap(constants);
}

function checkGiven(
  frozen: readonly HostTensor[],
  declared: readonly ExtraInput[],
  setting: LossSetting,
): void {
  const known = declared.map(({ name }) => name);
  for (const { name, shape } of frozen) {
    const input = declared.find((one) => one.name === name);
    if (input === undefined) throw unknownName('constant', name, known, `frozen.${name}`);
    const wanted = input.shape?.(setting) ?? shape;
    if (wanted.join() === shape.join()) continue;
    throw wrong(`frozen.${name}`, `must have shape [${wanted.join(', ')}], found [${shape.join(', ')}]`);
  }
}

function computedFrom(
  name: string,
  compute: NonNullable<ExtraInput['fromNorms']>,
  taps: TapAssignment,
  { taps: offers, parameters }: TeacherNetwork,
): HostTensor {
  const variableOf = (parameter: string) => parameters.find((one) => one.name === parameter)?.variable;
  const norms = Object.entries(taps).map(([slot, tap]): [string, NormTensors] => {
    const norm = offers.find((offer) => offer.name === tap)?.norm;
    const [gamma, beta] = [variableOf(`${norm}.weight`), variableOf(`${norm}.bias`)];
    if (gamma === undefined || beta === undefined) {
      const why = `must be given: no batch norm gives tap "${tap}", so it can't be computed`;
      throw wrong(`frozen.${name}`, why);
    }
    return [slot, { gamma: gamma as tf.Variable<tf.Rank.R1>, beta: beta as tf.Variable<tf.Rank.R1> }];
  });
  const constant = tf.tidy(() => compute(Object.fromEntries(norms)));
  const host = toHost(name, constant);
  constant.dispose();
  return host;
}

function wrong(field: string, description: string): LyceumError {
  return new LyceumError('SHAPE_MISMATCH', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}
