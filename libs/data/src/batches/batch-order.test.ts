import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesPerEpoch, batchIndices, batchOrder } from '../index.js';

describe('the order of samples', () => {
  it('holds every sample once, and batches cover it', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 70 }), fc.nat(5), (count, batchSize, epoch) => {
        const order = batchOrder({ seed: 3, epoch, count });
        const batches = Array.from({ length: batchesPerEpoch(count, batchSize) }, (_, batch) => [
          ...batchIndices(order, batchSize, batch),
        ]);
        expect(batches.flat()).toEqual([...order]);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
        expect(batches.filter((batch) => batch.length === batchSize)).toHaveLength(
          batchesPerEpoch(count, batchSize, true),
        );
      }),
    );
  });

  it('is another one in every epoch and for every seed', () => {
    const orders = [
      [0, 0],
      [0, 1],
      [1, 0],
    ].map(([seed, epoch]) => batchOrder({ seed, epoch, count: 50 }).join());
    expect(new Set(orders).size).toBe(3);
  });

  it('names what is wrong', () => {
    expect(() => batchOrder({ seed: 1, epoch: -1, count: 0.5 })).toThrow(
      'epoch: must be a whole number of at least 0, found -1; count',
    );
    expect(() => batchesPerEpoch(10, 0)).toThrow('batchSize: must be a whole number of at least 1, found 0');
    expect(() => batchIndices(new Int32Array(10), 4, 3)).toThrow(
      'batch: there is no batch 3; 10 samples make batches 0 to 2',
    );
  });
});
