import type { LoadedData } from '@lyceum/data';
import { createOptimizer, type OptimizerOptions, type tf } from '@lyceum/engine';
import { renameFields } from '@lyceum/errors';
import { computeKey, findLoss, openLoss, parseParams } from '@lyceum/losses';
import { buildModel, parameterNamesUpTo, restoreModel, type Model } from '@lyceum/models';
import type { TrainTask } from '@lyceum/recipes';
import { callMain } from './call-main.js';
import type { KeyRequest, Prepared, PrepareOptions } from './compute-api.js';
import { toHost } from './host-tensors.js';
import { InProcessLoss } from './in-process-loss.js';
import type { LossTerm } from './loss-term.js';
import { RemoteLoss } from './remote-loss.js';
import { resolveLoss, type ResolvedLoss } from './slots.js';
import { Training, type PeerExchange } from './training.js';

/** Builds a training from its task: model, losses with their adapters, optimizer. */
export function prepareTraining(
  options: PrepareOptions,
  data: LoadedData,
): { training: Training; prepared: Prepared; model: Model } {
  const { task } = options;
  const config = {
    architecture: task.model.architecture,
    classCount: data.classes.length,
    inputShape: data.shape,
  };
  const model = buildModel(config, task.seed);
  if (options.initWeights) startFrom(model, options.initWeights, task.init?.upTo);
  const losses = task.losses.map((entry, index) =>
    ofLoss(index, () => resolveLoss(entry, task, model, options.teacherTaps, options.remoteLosses[entry.as])),
  );
  const terms = losses.map((loss, index) => ofLoss(index, () => openTerm(loss, options, data)));
  const trained = trainedVariables(model, terms, task.trainOnlyUpTo);
  const training = new Training({
    task,
    data,
    model,
    terms,
    trained,
    optimizer: createOptimizer(optimizerOptions(task), trained),
    wantedTaps: wantedTaps(task, terms),
    ...(task.peers.length > 0 ? { exchange: exchangeThrough(losses, task) } : {}),
  });
  const prepared: Prepared = {
    stepCount: training.stepCount,
    stepsPerEpoch: training.batches.names.stepsPerEpoch,
    sampleCount: data.train.count,
    parameterCount: model.parameterCount,
    adapterParameterCount: adapterSize(trained),
    keyRequests: losses.flatMap((loss) => keyRequests(loss, task)),
    dataDigest: data.digest,
  };
  return { training, prepared, model };
}

/** Names the recipe's fields of a loss in what is wrong with it. */
function ofLoss<T>(index: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw renameFields(error, (field) => {
      const own = field.replace(/^student\./, 'studentTaps.').replace(/^teacher\./, 'teacherTaps.');
      return `losses[${index}].${own}`;
    });
  }
}

/** Copies the weights of an earlier stage, all of them or only those of the layers up to a tap. */
function startFrom(model: Model, weights: Uint8Array, upTo: string | undefined): void {
  const source = restoreModel(weights, { config: model.config, label: 'init' });
  const wanted = upTo === undefined ? undefined : new Set(parameterNamesUpTo(model, upTo));
  const given = new Map(source.parameters.map(({ name, variable }) => [name, variable]));
  for (const { name, variable } of model.parameters) {
    const value = given.get(name);
    if (value !== undefined && (wanted === undefined || wanted.has(name))) variable.assign(value);
  }
  source.dispose();
}

function openTerm(loss: ResolvedLoss, options: PrepareOptions, data: LoadedData): LossTerm {
  const { entry, studentTaps, studentShapes, teacherShapes, sources } = loss;
  const setting = {
    studentShapes,
    teacherShapes,
    sampleCount: data.train.count,
    classCount: data.classes.length,
    seed: options.task.seed,
  };
  const remote = options.remoteLosses[entry.as];
  if (remote !== undefined) {
    const open = { ...setting, labels: data.train.labels };
    return new RemoteLoss(entry, remote, open, studentTaps, sources);
  }
  const session = openLoss({
    ...setting,
    id: entry.loss,
    name: entry.as,
    params: entry.params,
    trainLabels: data.train.labels,
  });
  return new InProcessLoss(entry, session, studentTaps, sources);
}

/** What the optimizer updates, by the names under which checkpoints hold its state. */
function trainedVariables(
  model: Model,
  terms: readonly LossTerm[],
  upTo: string | undefined,
): Record<string, tf.Variable> {
  const only = upTo === undefined ? undefined : new Set(parameterNamesUpTo(model, upTo));
  const own = model.parameters
    .filter((parameter) => parameter.trainable && (only === undefined || only.has(parameter.name)))
    .map(({ name, variable }) => [`model/${name}`, variable] as const);
  const adapters = terms.flatMap((term) =>
    [...term.variables]
      .filter(([, variable]) => variable.trainable)
      .map(([name, variable]) => [`adapter/${term.as}/${name}`, variable] as const),
  );
  return Object.fromEntries([...own, ...adapters]);
}

function adapterSize(trained: Record<string, tf.Variable>): number {
  const adapters = Object.entries(trained).filter(([name]) => name.startsWith('adapter/'));
  return adapters.reduce((sum, [, variable]) => sum + variable.size, 0);
}

/** Only what the kind of optimizer knows. */
function optimizerOptions({ training }: TrainTask): OptimizerOptions {
  const { name, momentum, nesterov, weightDecay, beta1, beta2 } = training.optimizer;
  if (name === 'sgd') return { name, momentum, nesterov, weightDecay };
  return name === 'rmsprop' ? { name, momentum, weightDecay } : { name, beta1, beta2, weightDecay };
}

/** Logits are always wanted, for the accuracy, unless only the lower layers are trained. */
function wantedTaps(task: TrainTask, terms: readonly LossTerm[]): string[] {
  const taps = terms.flatMap((term) => term.studentTaps);
  return [...new Set(task.trainOnlyUpTo === undefined ? ['logits', ...taps] : taps)];
}

function keyRequests(loss: ResolvedLoss, task: TrainTask): KeyRequest[] {
  const { entry, studentShapes, rawKeys } = loss;
  // Only where it changes the key: students that name a teacher differently then share its cache.
  const playsPart = !rawKeys && findLoss(entry.loss).sourceNames !== undefined;
  return loss.sources
    .filter((source) => task.teachers.some((teacher) => teacher.name === source))
    .map((teacher) => ({
      teacher,
      id: entry.as,
      loss: entry.loss,
      params: entry.params,
      teacherTaps: loss.teacherTaps[teacher],
      studentShapes,
      ...(playsPart ? { source: teacher } : {}),
      raw: rawKeys,
    }));
}

/** Computes this student's own keys, publishes them and waits for the peers', through the main thread. */
function exchangeThrough(losses: readonly ResolvedLoss[], task: TrainTask): PeerExchange {
  const shared = losses.filter((loss) => loss.sources.some((source) => task.peers.includes(source)));
  return (step, outputs) => {
    const tensors = shared.flatMap((loss) => {
      const [peer] = loss.sources.filter((source) => task.peers.includes(source));
      const taps = Object.fromEntries(
        Object.entries(loss.teacherTaps[peer]).map(([slot, tap]) => [slot, outputs[tap]]),
      );
      const keys = loss.rawKeys ? taps : ownKeys(loss, taps, task.self ?? '');
      return Object.entries(keys).map(([name, tensor]) => toHost(`${loss.entry.as}/${name}`, tensor));
    });
    return callMain('peer.exchange', { step, tensors });
  };
}

/** This student's half of a loss that its peers compute: its own taps in the teacher's place. */
function ownKeys({ entry, studentShapes }: ResolvedLoss, taps: Record<string, tf.Tensor>, source: string) {
  const module = findLoss(entry.loss);
  return computeKey(module, taps, {
    params: parseParams(module.params, entry.params),
    studentShapes,
    source,
    extra: {},
  });
}
