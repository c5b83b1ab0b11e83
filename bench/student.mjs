// A student as the trainer trains it, step by step as a benchmark wants: keys asked for ahead, compute in its thread.
import { openTeacher } from '@lyceum/client';
import { randomInt } from 'node:crypto';
import { BatchNames } from '../services/student-trainer/dist/batch-names.js';
import { Compute } from '../services/student-trainer/dist/compute.js';
import { KeyStream } from '../services/student-trainer/dist/key-stream.js';

export const batchSize = 64;

const ce = (weight) => lossOf('ce', weight);
/** Losses with the weights that their papers' code gives them beside the labels'. */
const losses = {
  alone: [ce(1)],
  kd: [ce(0.1), lossOf('kd', 0.9, { temperature: 4 })],
  at: [ce(1), lossOf('at', 1000)],
  sp: [ce(1), lossOf('sp', 3000)],
  crd: [ce(1), lossOf('crd', 0.8)],
};

function lossOf(loss, weight, params = {}) {
  return { loss, as: loss, weight, params, studentTaps: {}, teacherTaps: {}, via: 'in-process' };
}

/** A seed of augmentation that no cache knows views of. */
export const newSeed = () => randomInt(2 ** 31);
const seedOfAll = newSeed();

/** Synthetic images of 32x32x3 in 100 classes, cropped and flipped. */
export function imagesOf(trainLimit, views) {
  return {
    name: 'synthetic:32x32x3/100',
    trainLimit,
    testLimit: 100,
    views,
    augmentation: { padCropPixels: 4, flip: true, cutoutPixels: 0 },
  };
}

function taskOf({ method, data, epochs, dataSeed }) {
  return {
    kind: 'train',
    stage: method,
    task: method,
    seed: 1,
    dataSeed,
    data,
    model: { architecture: 'resnet8x4' },
    training: {
      epochs,
      batchSize,
      optimizer: {
        name: 'sgd',
        learningRate: 0.05,
        momentum: 0.9,
        nesterov: false,
        weightDecay: 5e-4,
        beta1: 0.9,
        beta2: 0.999,
      },
      schedule: { name: 'constant', warmupEpochs: 0 },
      checkpointSeconds: 1e9,
    },
    losses: losses[method],
    teachers:
      method === 'alone'
        ? []
        : [{ name: 'teacher', file: 'teacher', architecture: 'resnet32x4', dtype: 'fp32' }],
    peers: [],
  };
}

/** A compute thread; 0 threads: all cores. */
export function startCompute(threadCount = 0) {
  const onExit = (error) => {
    throw error;
  };
  return Compute.start({ backend: 'auto', threadCount, lossPackages: [], onExit });
}

/** A resnet8x4 that is about to take its first step; the teacher at the address is asked, unless it is alone. */
export async function openStudent(
  compute,
  { method, data, address, epochs = 1000, dataSeed = seedOfAll, window = 8 },
) {
  const task = taskOf({ method, data, epochs, dataSeed });
  const teacherTaps = method === 'alone' ? {} : { teacher: await tapsAt(address) };
  const prepared = await compute.api.prepare({ task, teacherTaps, remoteLosses: {} });
  /** Keys asked for from the first step on that somebody wants. */
  const openKeys = (windowBatches) =>
    new KeyStream({
      teacher: task.teachers[0],
      task,
      requests: prepared.keyRequests,
      dataDigest: prepared.dataDigest,
      sampleCount: prepared.sampleCount,
      address: () => address,
      names: new BatchNames(task, prepared.sampleCount),
      firstStep: 0,
      stepCount: prepared.stepCount,
      window: windowBatches,
      patienceMs: 5000,
      signal: new AbortController().signal,
      notice: (message) => console.error(message),
    });
  const keys = method === 'alone' ? undefined : openKeys(window);
  let next = 0;
  return {
    openKeys,
    get nextStep() {
      return next;
    },
    /**
     * Steps, one in compute and the next already handed over, as in a run.
     * @returns when each of them had ended, in milliseconds of `performance`
     */
    async take(count) {
      const ended = [];
      let running;
      for (let i = 0; i < count; i += 1, next += 1) {
        const stepKeys = keys === undefined ? {} : { teacher: await keys.keysOf(next) };
        const before = running;
        running = compute.api.step(next, stepKeys).then(() => ended.push(performance.now()));
        await before;
      }
      await running;
      return ended;
    },
    close: () => keys?.close(),
  };
}

async function tapsAt(address) {
  const teachers = openTeacher(address);
  try {
    return (await teachers.get('')).taps;
  } finally {
    teachers.close();
  }
}
