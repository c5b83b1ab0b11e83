import { TrainerTask_State } from '@lyceum/contracts/trainer';
import { describe, expect, it } from 'vitest';
import { meanOf, Progress } from './progress.js';
import type { StepNumbers } from './worker/compute-api.js';

const numbers = (step: number, busyMs = 50, waitMs = 50): StepNumbers => ({
  step,
  epoch: 0,
  loss: step,
  losses: { ce: step },
  accuracy: 0.5,
  learningRate: 0.1,
  sampleCount: 10,
  busyMs,
  waitMs,
});

function training(steps: number): Progress {
  const progress = new Progress();
  progress.start('r', 'kd', 'kd');
  progress.training(0, 100);
  for (let step = 0; step < steps; step += 1) progress.stepped(numbers(step), 1000);
  return progress;
}

describe('progress', () => {
  it('tells rate and waiting from the times of the steps', () => {
    const { metrics, state, step } = training(3).describe();
    expect(metrics).toMatchObject({ samplesPerSecond: 100, waitShare: 0.5, receivedBytes: 1000 });
    expect([state, step]).toEqual([TrainerTask_State.TRAINING, 3]);
  });

  it('tells rate and position of keys that are received without a training', () => {
    const progress = new Progress();
    progress.start('r', 'keys', 'keys');
    progress.training(0, 20);
    progress.received({ step: 0, sampleCount: 16, ms: 100 }, 500);
    progress.received({ step: 1, sampleCount: 16, ms: 300 }, 900);
    expect(progress.position).toEqual({ step: 2, stepCount: 20 });
    const reported = meanOf(progress.takeUnreported());
    expect(reported).toMatchObject({ step: 1, receivedBytes: 900, losses: {}, waitShare: 0 });
    expect(reported.samplesPerSecond).toBeCloseTo(80, 9);
  });

  it('reports the numbers of an earlier task as they were, once', () => {
    const earlier = training(21).takeUnreported(16);
    const progress = new Progress();
    progress.start('r', 'kd', 'kd');
    progress.replay(earlier, 21);
    expect(progress.position).toEqual({ step: 21, stepCount: 21 });
    expect(progress.takeUnreported(2)).toEqual(earlier);
    expect(progress.takeUnreported(2)).toEqual([]);
  });

  it('reports every step once, in few means', () => {
    const progress = training(21);
    const reported = progress.takeUnreported(4);
    expect(reported.map((mean) => mean.step)).toEqual([7, 15, 20]);
    expect(reported[0].loss).toBe(3.5);
    expect(progress.takeUnreported()).toEqual([]);
  });

  it('ends its means at the same steps whenever it is asked', () => {
    const ends = (...pauses: number[]) => {
      const progress = training(0);
      return Array.from({ length: 40 }, (_, step) => {
        progress.stepped(numbers(step), 0);
        return pauses.includes(step) || step === 39 ? progress.takeUnreported(4) : [];
      }).flatMap((means) => means.map(({ step }) => step));
    };
    expect(ends()).toEqual([15, 31, 39]);
    expect(ends(18)).toEqual([7, 15, 18, 23, 31, 39]);
    expect(ends(2, 3, 4)).toEqual([0, 1, 2, 3, 4, 15, 31, 39]);
  });

  it('takes the mean of rates over time, not over steps', () => {
    const progress = new Progress();
    progress.start('r', 'kd', 'kd');
    progress.stepped(numbers(0, 100, 0), 0);
    progress.stepped(numbers(1, 300, 0), 0);
    expect(meanOf(progress.takeUnreported(100)).samplesPerSecond).toBeCloseTo(50, 9);
  });

  it('answers those who asked for a checkpoint, and refuses them when the task ends first', async () => {
    const progress = training(1);
    const saved = progress.requestCheckpoint();
    progress.checkpointed(7, 'kd/checkpoints');
    expect(await saved).toEqual({ step: 7, artifact: 'kd/checkpoints' });
    const late = progress.requestCheckpoint();
    progress.idle();
    await expect(late).rejects.toMatchObject({ reason: 'WRONG_STATE' });
  });
});
