import {
  serveWorker,
  startEngine,
  tf,
  workerInput,
  type BackendChoice,
  toEngine,
  toEngineMap,
  toHost,
} from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import { loadLossPackages, openLoss, stepGradients, type KeySet, type LossSession } from '@lyceum/losses';
import { hostTensor, type HostTensor } from '@lyceum/tensor';
import type { LossApi, SessionOpening, SessionStep, StepResult } from './loss-api.js';

// The loss service's compute thread: sessions of losses, and their gradients.

const { backend, threads, lossPackages } = workerInput<{
  backend: BackendChoice;
  threads?: number;
  lossPackages: readonly string[];
}>();
const engine = await startEngine({ backend, ...(threads === undefined ? {} : { threads }) });
await loadLossPackages(lossPackages);
const sessions = new Map<number, LossSession>();
let nextSession = 1;

function sessionOf(id: number): LossSession {
  const session = sessions.get(id);
  if (session === undefined) throw new LyceumError('INTERNAL', `loss session ${id} is not open`);
  return session;
}

/** Keys named `<source>/<tensor>` by source; keys without a source are those of the only one. */
function keySets(keys: readonly HostTensor[]): KeySet[] {
  const sets = new Map<string, Record<string, tf.Tensor>>();
  for (const key of keys) {
    const slash = key.name.indexOf('/');
    const source = slash < 0 ? 'teacher' : key.name.slice(0, slash);
    const tensors = sets.get(source) ?? {};
    tensors[key.name.slice(slash + 1)] = toEngine(key);
    sets.set(source, tensors);
  }
  return [...sets].map(([source, tensors]) => ({ source, tensors }));
}

function open(opening: SessionOpening) {
  const { loss: id, labels, ...setting } = opening;
  const session = openLoss({ ...setting, id, ...(labels === undefined ? {} : { trainLabels: labels }) });
  const number = nextSession++;
  sessions.set(number, session);
  const initial = session.initialWeights();
  const weights = Object.entries(initial).map(([name, tensor]) => toHost(name, tensor));
  tf.dispose(initial);
  return { id: number, weights, trainable: weights.map(({ name }) => name) };
}

function step(id: number, inputs: SessionStep): StepResult {
  const session = sessionOf(id);
  let result: StepResult | undefined;
  tf.tidy(() => {
    const { labels, indices, step: number, epoch, gradientFactor } = inputs;
    const given = {
      student: toEngineMap(inputs.student),
      weights: toEngineMap(inputs.weights),
      keys: keySets(inputs.keys),
      ...(labels ? { labels: labels.data as Int32Array } : {}),
      ...(indices ? { indices: indices.data as Int32Array } : {}),
      step: number,
      epoch,
      extra: toEngineMap(inputs.extra),
    };
    const found = stepGradients(session, given, gradientFactor);
    const gradients = Object.entries(found.touched).map(([name, gradient]) => toHost(name, gradient));
    result = { value: found.value, terms: { ...found.terms }, gradients };
  });
  return requireFinite(session.module.id, result);
}

function requireFinite(loss: string, result: StepResult | undefined): StepResult {
  if (result !== undefined && Number.isFinite(result.value)) return result;
  const description = `"${loss}" is not finite for these inputs`;
  throw new LyceumError('NON_FINITE', `step: ${description}`, {
    violations: [{ field: 'step', description }],
  });
}

const api: LossApi = {
  engine: () => engine,
  open,
  step,
  snapshot: (id) =>
    Object.entries(sessionOf(id).exportState()).map(([name, { shape, data }]) =>
      hostTensor(name, data, shape),
    ),
  restore(id, state) {
    const byName = state.map(
      ({ name, shape, data }) => [name, { shape, data: Float32Array.from(data) }] as const,
    );
    sessionOf(id).importState(Object.fromEntries(byName));
  },
  close(id) {
    sessions.get(id)?.dispose();
    sessions.delete(id);
  },
};
serveWorker<LossApi>(api);
