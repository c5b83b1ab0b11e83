import type { LoadedData } from '@lyceum/data';
import { serveWorker, startEngine, workerInput, type BackendChoice } from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import { loadLossPackages } from '@lyceum/losses';
import { restoreModel, saveWeights, type Model } from '@lyceum/models';
import type { EvaluateTask, SelectTask, TaskNetwork } from '@lyceum/recipes';
import type { ComputeApi, Measured } from './compute-api.js';
import { evaluateOn } from './evaluation.js';
import { requestedKeys } from './key-requests.js';
import { prepareTraining } from './prepare.js';
import { dataOf, seenAt } from './loaded-data.js';
import { measureFeatures } from './metrics/measure.js';
import { decodeSafetensors, encodeSafetensors } from '@lyceum/tensor';
import { selectTaps } from './select-taps.js';
import type { Selection } from './selection.js';
import type { Training } from './training.js';

// The trainer's compute thread: TensorFlow's calls block, so they block here and never the thread that answers.

interface Work {
  readonly training: Training;
  readonly model: Model;
  /** As the network sees it. */
  readonly data: LoadedData;
}

const { backend, threads, lossPackages } = workerInput<{
  backend: BackendChoice;
  threads?: number;
  lossPackages: readonly string[];
}>();
const engine = await startEngine({ backend, ...(threads === undefined ? {} : { threads }) });
await loadLossPackages(lossPackages);
let work: Work | undefined;

function current(): Work {
  if (work === undefined) throw new LyceumError('WRONG_STATE', 'task: nothing was prepared');
  return work;
}

async function evaluateNetworks(task: EvaluateTask, weights: readonly Uint8Array[]): Promise<Measured> {
  const data = await dataOf(task.data);
  const classify = task.metrics.some(({ name }) => name === 'accuracy');
  const networks = task.networks.map((network, index) => {
    const seen = seenAt(data, network.viewPixels);
    return { model: restored(network, weights[index], seen, classify), data: seen };
  });
  try {
    const features = task.metrics.filter((metric) => metric.name !== 'accuracy');
    return {
      ...(classify ? { evaluation: evaluateOn(networks) } : {}),
      results: measureFeatures(networks[0].data, networks[0].model, features),
    };
  } finally {
    for (const { model } of networks) model.dispose();
  }
}

async function selection(task: SelectTask, weights: Uint8Array): Promise<Selection> {
  const data = seenAt(await dataOf(task.data), task.network.viewPixels);
  const model = restored(task.network, weights, data);
  try {
    return selectTaps(task, data, model);
  } finally {
    model.dispose();
  }
}

/** @param classifies whether its classes must be those of the data; where only features are used they may be others. */
function restored(
  { architecture, weights, file }: TaskNetwork,
  bytes: Uint8Array,
  data: LoadedData,
  classifies = true,
): Model {
  const label = file ?? weights ?? architecture;
  const own = classifies ? undefined : decodeSafetensors(bytes, label).metadata.classCount;
  const classCount = Number(own ?? data.classes.length);
  return restoreModel(bytes, { config: { architecture, classCount, inputShape: data.shape }, label });
}

const api: ComputeApi = {
  engine: () => engine,
  async prepare(options) {
    work?.training.dispose();
    work = undefined;
    const { prepared, ...rest } = prepareTraining(options, await dataOf(options.task.data));
    work = rest;
    return prepared;
  },
  requestKeys: async (options) => requestedKeys(options, await dataOf(options.task.data)),
  restore: (checkpoint) => current().training.restore(checkpoint),
  step: (step, keys) => current().training.step(step, keys),
  checkpoint: (peerKeys) => current().training.checkpoint(peerKeys),
  exportWeights() {
    const { model, data } = current();
    return saveWeights(model, {
      data: data.name,
      normalization: JSON.stringify(data.normalization),
      classes: JSON.stringify(data.classes),
    });
  },
  exportAdapters() {
    const adapters = current().training.adapters();
    return adapters.length === 0 ? undefined : encodeSafetensors(adapters);
  },
  evaluate() {
    const { data, model } = current();
    return evaluateOn([{ model, data }]);
  },
  validate() {
    const { data, model } = current();
    const { validation } = data;
    return validation && evaluateOn([{ model, data: { ...data, test: validation } }]).accuracy;
  },
  dataDigest: async (config) => (await dataOf(config)).digest,
  evaluateNetworks,
  selectTaps: selection,
  dispose() {
    work?.training.dispose();
    work = undefined;
  },
};

serveWorker<ComputeApi>(api);
