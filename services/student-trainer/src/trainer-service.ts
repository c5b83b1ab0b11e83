import type { WatchStepsResponse } from '@lyceum/contracts/trainer';
import { TrainerServiceService } from '@lyceum/contracts/trainer-service';
import { invalidField, LyceumError } from '@lyceum/errors';
import { defineService, type CallContext, type ServedService } from '@lyceum/rpc';
import type { StepMetrics } from '@lyceum/contracts/trainer';
import { meanOf, type Progress } from './progress.js';

/** Shows and steers the task in work. */
export function trainerService(
  progress: Progress,
  saveCheckpoint: () => Promise<{ step: number; artifact: string }>,
): ServedService {
  return defineService(TrainerServiceService, {
    getTask: async () => ({ task: progress.describe() }),
    watchSteps: ({ everyStepCount }: { everyStepCount: number }, context: CallContext) => {
      if (everyStepCount < 0)
        throw invalidField('every_step_count', `must be 0 or more, found ${everyStepCount}`);
      return watchSteps(progress, Math.max(1, everyStepCount), context.signal);
    },
    saveCheckpoint: async () => {
      if (progress.isIdle)
        throw new LyceumError('WRONG_STATE', 'task: this trainer has no task to checkpoint');
      return saveCheckpoint();
    },
  });
}

/** A reader that is slower than the training gets means over more steps, never a growing queue. */
async function* watchSteps(
  progress: Progress,
  every: number,
  signal: AbortSignal,
): AsyncGenerator<WatchStepsResponse> {
  let waiting: StepMetrics[] = [];
  let wake: () => void = () => undefined;
  const stop = progress.watch((metrics) => {
    waiting.push(metrics);
    if (waiting.length >= every) wake();
  });
  signal.addEventListener('abort', () => wake());
  try {
    while (!signal.aborted && !progress.isIdle) {
      if (waiting.length < every) {
        await Promise.race([
          new Promise<void>((resolve) => (wake = resolve)),
          new Promise((resolve) => setTimeout(resolve, 1000)),
        ]);
      }
      if (waiting.length < every) continue;
      const metrics = meanOf(waiting);
      waiting = [];
      yield { task: progress.currentTask, metrics };
    }
  } finally {
    stop();
  }
}
