import { LyceumError } from '@lyceum/errors';
import { viewsOf, type CacheTask } from '@lyceum/recipes';
import { StepTraces } from '@lyceum/telemetry';
import { BatchNames } from './batch-names.js';
import { KeyStreams } from './key-streams.js';
import { knownTeachers, type KnownTeachers } from './known-teachers.js';
import { patiently } from './patiently.js';
import { readConstants } from './read-constants.js';
import { RemoteLosses } from './remote-losses.js';
import { lossAddress, type TaskContext, type TaskOutcome } from './task-context.js';
import { withSelectedTaps } from './with-selected-taps.js';
import type { RequestedKeys } from './worker/compute-api.js';

/**
 * Asks the teachers for the keys of every sample in every view, in the batches of a training's first epochs, so that
 * their caches have what later trainings ask for. Started again, it asks from the first on: what is known comes at once.
 */
export async function runCacheTask(task: CacheTask, context: TaskContext): Promise<TaskOutcome> {
  const started = performance.now();
  const { requested, teachers } = await prepare(task, context);
  const { sampleCount } = requested;
  const views = viewsOf(task.data);
  const receivedBytes = await receiveAll(task, requested, context);
  const fillMs = performance.now() - started;
  context.notice(
    `asked for the keys of ${sampleCount} samples in ${views} ${views === 1 ? 'view' : 'views'}: ` +
      `${(receivedBytes / 1e6).toFixed(1)} MB in ${(fillMs / 1000).toFixed(1)} s`,
  );
  return {
    results: { samples: sampleCount, views, receivedBytes, fillMs },
    artifacts: { ...teachers.digests },
  };
}

async function prepare(
  task: CacheTask,
  context: TaskContext,
): Promise<{ requested: RequestedKeys; teachers: KnownTeachers }> {
  const traces = new StepTraces('trainer.step', {});
  const remote = new RemoteLosses(task, (via) => lossAddress(context, via), traces);
  const [selected, constants, teachers, remoteLosses] = await Promise.all([
    withSelectedTaps(task, context),
    readConstants(task, context),
    knownTeachers(task.teachers, context),
    patiently(context, () => remote.describe()),
  ]).finally(() => remote.close());
  const requested = await context.compute.api.requestKeys({
    task: { ...selected, peers: [] },
    teacherTaps: teachers.taps,
    remoteLosses,
    constants,
  });
  return { requested, teachers };
}

/** @returns how many bytes came. */
async function receiveAll(task: CacheTask, requested: RequestedKeys, context: TaskContext): Promise<number> {
  const { batchSize } = task;
  const { sampleCount } = requested;
  const names = new BatchNames({ ...task, training: { batchSize } }, sampleCount, false);
  const stepCount = viewsOf(task.data) * names.stepsPerEpoch;
  const streams = new KeyStreams({ task, requested, names, firstStep: 0, stepCount }, context);
  const { progress, signal } = context;
  progress.training(0, stepCount);
  try {
    for (let step = 0; step < stepCount; step += 1) {
      if (signal.aborted) throw new LyceumError('CANCELLED', `task "${task.task}" was stopped`);
      const before = performance.now();
      await streams.keysOf(step);
      const left = sampleCount - (step % names.stepsPerEpoch) * batchSize;
      const ms = performance.now() - before;
      progress.received({ step, sampleCount: Math.min(batchSize, left), ms }, streams.receivedBytes);
    }
    return streams.receivedBytes;
  } finally {
    streams.close();
  }
}
