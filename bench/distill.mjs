// Steps of one student: alone, and while distilling from a live teacher process that answers from its memory.
// The variants take turns, so that whatever else the machine does hits all of them alike.
import { openTeacher } from '@lyceum/client';
import { StepTraces } from '@lyceum/telemetry';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { BatchNames } from '../services/student-trainer/dist/batch-names.js';
import { Compute } from '../services/student-trainer/dist/compute.js';
import { KeyStream } from '../services/student-trainer/dist/key-stream.js';
import { median, withTeacher } from './served-teacher.mjs';

const batchSize = 64;
const stepsPerEpoch = 4;
const data = {
  name: 'synthetic:32x32x3/100',
  trainLimit: batchSize * stepsPerEpoch,
  testLimit: 100,
  views: 'fresh',
  augmentation: { padCropPixels: 0, flip: false, cutoutPixels: 0 },
};

const losses = {
  alone: [
    { loss: 'ce', as: 'ce', weight: 1, params: {}, studentTaps: {}, teacherTaps: {}, via: 'in-process' },
  ],
  kd: [
    {
      loss: 'kd',
      as: 'kd',
      weight: 0.9,
      params: { temperature: 4 },
      studentTaps: {},
      teacherTaps: {},
      via: 'in-process',
    },
  ],
  at: [
    { loss: 'at', as: 'at', weight: 1000, params: {}, studentTaps: {}, teacherTaps: {}, via: 'in-process' },
  ],
};

function taskOf(variant, teacher) {
  return {
    kind: 'train',
    stage: variant,
    task: variant,
    seed: 1,
    dataSeed: 1,
    data,
    model: { architecture: 'resnet8x4' },
    training: {
      epochs: 1000,
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
    losses: variant === 'alone' ? losses.alone : [...losses.alone, ...losses[variant]],
    teachers:
      variant === 'alone'
        ? []
        : [{ name: 'teacher', file: teacher, architecture: 'resnet32x4', dtype: 'fp32' }],
    peers: [],
  };
}

/** A student of one variant, ready to take steps. */
async function openStudent(variant, address) {
  const task = taskOf(variant, 'teacher');
  const compute = await Compute.start({
    backend: 'auto',
    threadCount: 0,
    lossPackages: [],
    onExit: () => undefined,
  });
  const teacherTaps = variant === 'alone' ? {} : { teacher: (await openTeacher(address).get('')).taps };
  const prepared = await compute.api.prepare({ task, teacherTaps, remoteLosses: {} });
  const stop = new AbortController();
  const stream =
    variant === 'alone'
      ? undefined
      : new KeyStream({
          teacher: task.teachers[0],
          task,
          requests: prepared.keyRequests,
          dataDigest: prepared.dataDigest,
          address: () => address,
          names: new BatchNames(task, prepared.sampleCount),
          firstStep: 0,
          stepCount: prepared.stepCount,
          window: 8,
          patienceMs: 5000,
          signal: stop.signal,
          notice: (message) => console.error(message),
          traces: new StepTraces('bench.step', {}),
        });
  let step = 0;
  const take = async (count) => {
    let running;
    for (let i = 0; i < count; i += 1, step += 1) {
      const keys = stream === undefined ? {} : { teacher: await stream.keysOf(step) };
      const before = running;
      running = compute.api.step(step, keys);
      await before;
    }
    await running;
  };
  return { take, stop: async () => (stop.abort(), stream?.close(), compute.stop()) };
}

/** Median milliseconds of a step for each variant, and the ratios to the student alone. */
export async function benchDistill({ rounds = 7, stepsARound = 4, say = () => undefined } = {}) {
  const config = { architecture: 'resnet32x4', classCount: 100, inputShape: [32, 32, 3] };
  return withTeacher(config, data.name, async ({ address }) => {
    const variants = ['alone', 'kd', 'at'];
    const students = Object.fromEntries(
      await Promise.all(variants.map(async (v) => [v, await openStudent(v, address)])),
    );
    // The first epoch fills the teacher's memory. The next two are asked for before it is full, so they are computed
    // as well: what is measured starts after them.
    for (const variant of variants) await students[variant].take(3 * stepsPerEpoch + 1);
    const times = Object.fromEntries(variants.map((v) => [v, []]));
    // How late this thread, which a service answers its health checks on, gets to work while steps run.
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    for (let round = 0; round < rounds; round += 1) {
      for (const variant of variants) {
        const started = performance.now();
        await students[variant].take(stepsARound);
        times[variant].push((performance.now() - started) / stepsARound);
      }
      say(`round ${round + 1} of ${rounds}`);
    }
    delay.disable();
    for (const variant of variants) await students[variant].stop();
    const ratio = (variant) => median(times.alone.map((alone, i) => alone / times[variant][i]));
    return {
      stepMs: Object.fromEntries(variants.map((v) => [v, median(times[v])])),
      kd: ratio('kd'),
      at: ratio('at'),
      rounds,
      lateMs: { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
    };
  });
}
