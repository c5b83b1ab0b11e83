import type { LossServiceClient, LossSessionStream } from '@lyceum/client';
import type { ApplyOpen } from '@lyceum/contracts/loss';
import { toEngineMap } from '@lyceum/engine';
import { openLoss, settingOf, stepGradients } from '@lyceum/losses';
import type { CaseResult } from '@lyceum/losses/conformance';
import type { HostTensor } from '@lyceum/tensor';
import { keySets, numbersOf, onEngine, toHosts, type HostCase } from './host-case.js';

/** Computes a case's value from keys alone, somewhere. */
export type ValueHalf = (given: HostCase, keys: readonly HostTensor[]) => Promise<CaseResult>;

/** In a session of this process, as a trainer does. */
export const inProcess: ValueHalf = async (given, keys) =>
  onEngine(() => {
    const { module } = given.about;
    const session = openLoss({ ...given.options, module });
    session.importState(Object.fromEntries(given.state.map((tensor) => [tensor.name, withFloats(tensor)])));
    const { labels, indices } = given;
    const ran = stepGradients(session, {
      student: toEngineMap(given.student),
      keys: keySets(keys),
      weights: toEngineMap(given.weights),
      ...(labels === undefined ? {} : { labels: labels.data as Int32Array }),
      ...(indices === undefined ? {} : { indices: indices.data as Int32Array }),
      step: 0,
      epoch: given.epoch,
      extra: toEngineMap(valueInputs(given)),
    });
    const state = numbersOf(Object.values(session.exportState()));
    session.dispose();
    const gradients = {
      ...prefixed('student', toHosts(ran.student)),
      ...prefixed('weights', toHosts(ran.weights)),
    };
    return { value: ran.value, terms: scalars(ran.terms), state, gradients };
  });

/** In a session of a loss service. */
export function remote(losses: LossServiceClient): ValueHalf {
  return async (given, keys) => {
    const session = await losses.session(openingOf(given));
    try {
      return await remoteStep(session, given, keys);
    } finally {
      session.close();
    }
  };
}

async function remoteStep(
  session: LossSessionStream,
  given: HostCase,
  keys: readonly HostTensor[],
): Promise<CaseResult> {
  const { student, weights, labels, indices, epoch } = given;
  if (given.state.length > 0) await session.restore(given.state.map(withFloats));
  const ran = await session.step({
    step: 0,
    epoch,
    student,
    keys,
    weights,
    ...(labels === undefined ? {} : { labels }),
    ...(indices === undefined ? {} : { indices }),
    extra: valueInputs(given),
  });
  const state = numbersOf(await session.snapshot());
  const named = ran.gradients.map((gradient) => {
    const isWeight = gradient.name.startsWith('weights.');
    return isWeight ? gradient : { ...gradient, name: `student.${gradient.name}` };
  });
  return { value: ran.value, terms: scalars(ran.terms), state, gradients: numbersOf(named) };
}

function openingOf({ about: { module }, options }: HostCase): ApplyOpen {
  const { sampleCount, classCount } = settingOf(module, options);
  return {
    loss: module.id,
    params: { ...options.params },
    studentShapes: slotShapes(options.studentShapes),
    teacherShapes: slotShapes(options.teacherShapes),
    sampleCount,
    classCount,
    seed: 0,
    labels: undefined,
    name: '',
    bare: options.bare,
  };
}

function slotShapes(shapes: Readonly<Record<string, readonly number[]>>): ApplyOpen['studentShapes'] {
  return Object.fromEntries(Object.entries(shapes).map(([slot, shape]) => [slot, { shape: [...shape] }]));
}

/** The extra inputs that the value half reads; those of the key half stay where the teacher is. */
function valueInputs({ about: { module }, extra }: HostCase): readonly HostTensor[] {
  const declared = (module.extra ?? []).filter(({ half }) => half === 'value').map(({ name }) => name);
  return extra.filter(({ name }) => declared.includes(name));
}

function withFloats(tensor: HostTensor): HostTensor & { readonly data: Float32Array } {
  return { ...tensor, dtype: 'f32', data: Float32Array.from(tensor.data) };
}

function scalars(terms: Readonly<Record<string, number>>): Record<string, readonly number[]> {
  return Object.fromEntries(Object.entries(terms).map(([name, term]) => [name, [term]]));
}

function prefixed(prefix: string, tensors: readonly HostTensor[]): Record<string, ArrayLike<number>> {
  return numbersOf(tensors.map((tensor) => ({ ...tensor, name: `${prefix}.${tensor.name}` })));
}
