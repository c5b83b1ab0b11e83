import type { LoadedData } from '@lyceum/data';
import { createOptimizer, type OptimizerOptions, type tf, toHost } from '@lyceum/engine';
import {
  checkImages,
  computeKey,
  findLoss,
  imageInputs,
  imageNames,
  openLoss,
  parseParams,
  settingOf,
} from '@lyceum/losses';
import {
  buildModel,
  describeModel,
  parameterNamesOfPart,
  parameterNamesUpTo,
  type Model,
} from '@lyceum/models';
import type { TrainTask } from '@lyceum/recipes';
import { callMain } from './call-main.js';
import { combinedSource, CombinedTerm } from './combined-term.js';
import type { Prepared, PrepareOptions } from './compute-api.js';
import { keyRequests, ofLoss, resolvedLosses, weighsByLogits } from './key-requests.js';
import { constantsOf } from './loss-constants.js';
import { InProcessLoss } from './in-process-loss.js';
import type { LossTerm } from './loss-term.js';
import { RemoteLoss } from './remote-loss.js';
import { seenAt } from './loaded-data.js';
import { startFrom } from './start-from.js';
import type { ResolvedLoss, SourcePart } from './slots.js';
import { Training, type PeerExchange } from './training.js';

interface PreparedTraining {
  readonly training: Training;
  readonly prepared: Prepared;
  readonly model: Model;
  /** As the network sees it. */
  readonly data: LoadedData;
}

/**
 * Builds a training from its task: model, losses with their adapters, optimizer.
 * @param whole images at their full side; the network sees them at that of its task.
 */
export function prepareTraining(options: PrepareOptions, whole: LoadedData): PreparedTraining {
  const { task } = options;
  const data = seenAt(whole, task.data.viewPixels);
  const { architecture } = task.model;
  const model = buildModel(
    { architecture, classCount: data.classes.length, inputShape: data.shape },
    task.seed,
  );
  const terms: LossTerm[] = [];
  try {
    return prepared(options, whole, data, model, terms);
  } catch (error) {
    // The next task may have adapters of the same names.
    for (const term of terms) term.dispose();
    model.dispose();
    throw error;
  }
}

/** @param terms gets the losses as they are opened. */
function prepared(
  options: PrepareOptions,
  whole: LoadedData,
  data: LoadedData,
  model: Model,
  terms: LossTerm[],
): PreparedTraining {
  const { task } = options;
  if (options.initWeights) startFrom(model, options.initWeights, task.init);
  const losses = resolvedLosses(options, model);
  for (const [index, loss] of losses.entries())
    terms.push(ofLoss(index, () => openTerm(loss, options, whole)));
  const requests = losses.flatMap((loss, index) => ofLoss(index, () => keyRequests(loss, options)));
  const trained = trainedVariables(model, terms, task);
  const training = new Training({
    task,
    data,
    model,
    terms,
    trained,
    optimizer: createOptimizer(optimizerOptions(task), trained),
    wantedTaps: wantedTaps(task, losses),
    ...(task.peers.length > 0 ? { exchange: exchangeThrough(losses, task) } : {}),
  });
  const description: Prepared = {
    stepCount: training.stepCount,
    stepsPerEpoch: training.batches.names.stepsPerEpoch,
    sampleCount: data.train.count,
    parameterCount: model.parameterCount,
    multiplyAdds: describeModel(model.config).multiplyAdds,
    adapterParameterCount: adapterSize(trained),
    keyRequests: requests,
    dataDigest: data.digest,
  };
  return { training, prepared: description, model, data };
}

function openTerm(loss: ResolvedLoss, options: PrepareOptions, data: LoadedData): LossTerm {
  const { entry, parts } = loss;
  if (!loss.combined || entry.combine === undefined) return openAlone(loss, options, data);
  const alone = openAlone({ ...loss, parts: [onePart] }, options, data);
  const sources = parts.map(({ source }) => source);
  return new CombinedTerm(alone, entry.combine, sources, rawTapsOf(loss));
}

/** What a loss sees of sources whose keys are combined. */
const onePart = { source: combinedSource, part: combinedSource };

function rawTapsOf({ rawKeys, teacherTaps }: ResolvedLoss): LossTerm['rawTaps'] {
  return rawKeys ? teacherTaps : undefined;
}

function openAlone(loss: ResolvedLoss, options: PrepareOptions, data: LoadedData): LossTerm {
  const { entry, studentTaps, studentShapes, teacherShapes, parts } = loss;
  const setting = {
    studentShapes,
    teacherShapes,
    sampleCount: data.train.count,
    classCount: data.classes.length,
    seed: options.task.seed,
  };
  const remote = options.remoteLosses[entry.as];
  const given = options.constants?.[entry.as];
  const constants = constantsOf(loss, 'value', given);
  if (remote !== undefined) {
    const open = { ...setting, labels: data.train.labels };
    const imageInputs = imagesRead(loss, data) ?? remote.imageInputs;
    const frozen = loss.rawKeys
      ? (given ?? []).filter(({ name }) => remote.frozenInputs.includes(name))
      : constants;
    const description = { ...remote, imageInputs };
    return new RemoteLoss(entry, description, open, studentTaps, parts, rawTapsOf(loss), frozen);
  }
  const session = openLoss({
    ...setting,
    id: entry.loss,
    name: entry.as,
    params: entry.params,
    ...(data.train.isUnlabelled ? {} : { trainLabels: data.train.labels }),
  });
  checkImages(session.module, session.setting, data.shape);
  return new InProcessLoss(entry, session, studentTaps, parts, constants);
}

/** The images that the value half of a loss reads, by its names; unknown of a loss that only its service knows. */
function imagesRead(loss: ResolvedLoss, data: LoadedData): string[] | undefined {
  if (loss.rawKeys) return undefined;
  const { entry, studentShapes, teacherShapes } = loss;
  const module = findLoss(entry.loss);
  const classCount = data.classes.length;
  const setting = settingOf(module, { params: entry.params, studentShapes, teacherShapes, classCount });
  checkImages(module, setting, data.shape);
  return imageNames(module, 'value', data.shape, setting);
}

/** What the optimizer updates, by the names under which checkpoints hold its state. */
function trainedVariables(
  model: Model,
  terms: readonly LossTerm[],
  { trainOnlyUpTo: upTo, freeze = [] }: TrainTask,
): Record<string, tf.Variable> {
  const only = upTo === undefined ? undefined : new Set(parameterNamesUpTo(model, upTo));
  const frozen = new Set(freeze.flatMap((part) => parameterNamesOfPart(model, part)));
  const own = model.parameters
    .filter(({ name, trainable }) => trainable && (only === undefined || only.has(name)) && !frozen.has(name))
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

/** Logits are always wanted, for the accuracy, unless only the lower layers are trained and no peer reads them. */
function wantedTaps(task: TrainTask, losses: readonly ResolvedLoss[]): string[] {
  const taps = losses.flatMap((loss) => Object.values(loss.studentTaps));
  const shown = losses.some((loss) => weighsByLogits(loss) && peersOf(loss, task).length > 0);
  return [...new Set(task.trainOnlyUpTo === undefined || shown ? ['logits', ...taps] : taps)];
}

/** Computes this student's own keys, publishes them and waits for the peers', through the main thread. */
function exchangeThrough(losses: readonly ResolvedLoss[], task: TrainTask): PeerExchange {
  const shared = losses.filter((loss) => peersOf(loss, task).length > 0);
  const withLogits = shared.some(weighsByLogits);
  return (step, outputs, images) => {
    const tensors = shared.flatMap((loss) => {
      const [{ source: peer }] = peersOf(loss, task);
      const taps = Object.fromEntries(
        Object.entries(loss.teacherTaps[peer]).map(([slot, tap]) => [slot, outputs[tap]]),
      );
      const keys = loss.rawKeys ? taps : keyHalf(loss, taps, { source: task.self ?? '', images });
      return Object.entries(keys).map(([name, tensor]) => toHost(`${loss.entry.as}/${name}`, tensor));
    });
    const logits = withLogits ? [toHost('logits', outputs.logits)] : [];
    return callMain('peer.exchange', { step, tensors: [...tensors, ...logits] });
  };
}

function peersOf({ parts }: ResolvedLoss, { peers }: TrainTask): readonly SourcePart[] {
  return parts.filter(({ source }) => peers.includes(source));
}

/** This student's half of a loss that its peers compute: its own taps in the teacher's place. */
function keyHalf(
  { entry, studentShapes }: ResolvedLoss,
  taps: Record<string, tf.Tensor>,
  { source, images }: { readonly source: string; readonly images: tf.Tensor4D },
) {
  const module = findLoss(entry.loss);
  const params = parseParams(module.params, entry.params);
  const extra = imageInputs(module, 'key', images);
  return computeKey(module, taps, { params, studentShapes, source, extra });
}
