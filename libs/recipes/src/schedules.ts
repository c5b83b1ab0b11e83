import type { WeightSchedule } from './schema.js';
import type { Schedule } from './training-schema.js';

/**
 * Learning rate as a multiple of the optimizer's.
 * @param epoch fractional: 2.5 is the middle of the third epoch. Multi-step changes at whole epochs, warm-up
 * and cosine change at every step.
 */
export function learningRateAt(schedule: Schedule, epoch: number, epochs: number): number {
  const { warmupEpochs } = schedule;
  if (epoch < warmupEpochs) return (epoch + 1 / 1024) / warmupEpochs;
  switch (schedule.name) {
    case 'constant':
      return 1;
    case 'multi-step':
      return schedule.factor ** schedule.atEpochs.filter((at) => epoch >= at).length;
    case 'cosine': {
      const done = Math.min(1, (epoch - warmupEpochs) / Math.max(epochs - warmupEpochs, 1e-9));
      return schedule.finalFactor + (1 - schedule.finalFactor) * 0.5 * (1 + Math.cos(Math.PI * done));
    }
  }
}

/** Weight of a loss at a fractional epoch. */
export function lossWeightAt(weight: number, schedule: WeightSchedule | undefined, epoch: number): number {
  switch (schedule?.name) {
    case undefined:
    case 'constant':
      return weight;
    case 'linear':
      return weight + (schedule.to - weight) * Math.min(1, epoch / schedule.epochs);
    case 'step':
      return weight * schedule.factor ** schedule.atEpochs.filter((at) => epoch >= at).length;
    case 'warm-up':
      return weight * Math.min(1, epoch / schedule.epochs);
  }
}
