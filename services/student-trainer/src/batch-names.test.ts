import { describe, expect, it } from 'vitest';
import { BatchNames } from './batch-names.js';

const plan = { dataSeed: 3, data: { views: 2 }, training: { batchSize: 16 } };

describe('names of batches', () => {
  it('leave a last batch of one sample out of a training, and of nothing else', () => {
    const [trained, asked] = [true, false].map((isTrainedOn) => new BatchNames(plan, 33, isTrainedOn));
    expect([trained.stepsPerEpoch, asked.stepsPerEpoch]).toEqual([2, 3]);
    const samples = [3, 4, 5].flatMap((step) => [...asked.name(step).indices]);
    expect(samples.sort((a, b) => a - b)).toEqual(Array.from({ length: 33 }, (_, index) => index));
    expect([2, 3].map((step) => asked.name(step).view)).toEqual([0, 1]);
  });

  it('are those of a training for who asks ahead', () => {
    const [trained, asked] = [true, false].map((isTrainedOn) => new BatchNames(plan, 40, isTrainedOn));
    for (let step = 0; step < 2 * trained.stepsPerEpoch; step += 1)
      expect(asked.name(step)).toEqual(trained.name(step));
  });
});
