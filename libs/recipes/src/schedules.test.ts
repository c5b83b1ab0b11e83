import { describe, expect, it } from 'vitest';
import type { Schedule } from './training-schema.js';
import { learningRateAt, lossWeightAt } from './schedules.js';

describe('schedules', () => {
  it('divides by ten after the epochs named, counted from 1: epoch 151 is the first at the lower rate', () => {
    const schedule: Schedule = {
      name: 'multi-step',
      atEpochs: [150, 180, 210],
      factor: 0.1,
      warmupEpochs: 0,
    };
    expect(learningRateAt(schedule, 149.99, 240)).toBe(1);
    expect(learningRateAt(schedule, 150, 240)).toBeCloseTo(0.1, 12);
    expect(learningRateAt(schedule, 239, 240)).toBeCloseTo(0.001, 12);
  });

  it('follows half a cosine from 1 to its end', () => {
    const schedule = { name: 'cosine', finalFactor: 0.2, warmupEpochs: 0 } as const;
    expect(learningRateAt(schedule, 0, 10)).toBe(1);
    expect(learningRateAt(schedule, 5, 10)).toBeCloseTo(0.6, 12);
    expect(learningRateAt(schedule, 10, 10)).toBeCloseTo(0.2, 12);
  });

  it('rises linearly while it warms up, and starts above 0', () => {
    const schedule = { name: 'constant', warmupEpochs: 2 } as const;
    expect(learningRateAt(schedule, 0, 10)).toBeGreaterThan(0);
    expect(learningRateAt(schedule, 1, 10)).toBeCloseTo(0.5, 2);
    expect(learningRateAt(schedule, 2, 10)).toBe(1);
  });

  it('moves the weight of a loss as told', () => {
    expect(lossWeightAt(4, undefined, 3)).toBe(4);
    expect(lossWeightAt(4, { name: 'constant' }, 3)).toBe(4);
    expect(lossWeightAt(4, { name: 'linear', to: 1, epochs: 6 }, 3)).toBe(2.5);
    expect(lossWeightAt(4, { name: 'linear', to: 1, epochs: 6 }, 60)).toBe(1);
    expect(lossWeightAt(4, { name: 'step', atEpochs: [2, 4], factor: 0.5 }, 3)).toBe(2);
    expect(lossWeightAt(4, { name: 'warm-up', epochs: 8 }, 2)).toBe(1);
  });
});
