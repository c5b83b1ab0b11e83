import { tf, toEngineMap, toHost } from '@lyceum/engine';
import type { KeySet, TensorMap } from '@lyceum/losses';
import { caseEpoch, caseOptions, caseTensors, type LossCase } from '@lyceum/losses/conformance';
import type { HostTensor } from '@lyceum/tensor';

/** The raw taps of one source of keys. */
export interface HostSource {
  readonly source: string;
  readonly taps: readonly HostTensor[];
}

/** A recorded case off the engine: what a teacher, a trainer and a loss service would each be given of it. */
export interface HostCase {
  readonly about: LossCase;
  readonly options: ReturnType<typeof caseOptions>;
  readonly student: readonly HostTensor[];
  readonly sources: readonly HostSource[];
  readonly weights: readonly HostTensor[];
  readonly state: readonly HostTensor[];
  readonly labels?: HostTensor;
  readonly indices?: HostTensor;
  readonly extra: readonly HostTensor[];
  readonly epoch: number;
}

export function hostCase(about: LossCase): HostCase {
  return onEngine(() => {
    const { module, recorded } = about;
    const tensors = caseTensors(recorded);
    const { labels, indices } = tensors;
    return {
      about,
      options: caseOptions(module, recorded, tensors),
      student: toHosts(tensors.student),
      sources: tensors.sources.map(({ source, tensors: taps }) => ({ source, taps: toHosts(taps) })),
      weights: toHosts(tensors.weights),
      state: toHosts(tensors.state),
      ...(labels === undefined ? {} : { labels: toHost('labels', labels) }),
      ...(indices === undefined ? {} : { indices: toHost('indices', indices) }),
      extra: toHosts(tensors.extra),
      epoch: caseEpoch(recorded),
    };
  });
}

/** Runs a function whose result is off the engine, and disposes of all tensors it made. */
export function onEngine<R>(run: () => R): R {
  tf.engine().startScope();
  try {
    return run();
  } finally {
    tf.engine().endScope();
  }
}

export function toHosts(tensors: TensorMap): HostTensor[] {
  return Object.entries(tensors).map(([name, tensor]) => toHost(name, tensor));
}

/** Keys named `<source>/<tensor>` as one set a source. */
export function keySets(keys: readonly HostTensor[]): KeySet[] {
  const names = [...new Set(keys.map(({ name }) => name.split('/')[0]))];
  return names.map((source) => {
    const mine = keys.filter(({ name }) => name.startsWith(`${source}/`));
    const renamed = mine.map((key) => ({ ...key, name: key.name.slice(source.length + 1) }));
    return { source, tensors: toEngineMap(renamed) };
  });
}

/** Numbers by name. */
export function numbersOf(tensors: readonly HostTensor[]): Record<string, ArrayLike<number>> {
  return Object.fromEntries(tensors.map(({ name, data }) => [name, data]));
}
