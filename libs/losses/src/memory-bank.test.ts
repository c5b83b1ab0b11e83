import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { lastRows, updatedBank } from './memory-bank.js';

describe('memory bank', () => {
  beforeAll(() => startEngine({ backend: 'auto' }));

  it('moves the rows of the batch towards their samples, to unit length, and leaves the others alone', () => {
    const bank = tf.tensor2d([1, 0, 0, 1, 0.6, 0.8], [3, 2]);
    const next = updatedBank(bank, tf.tensor2d([0, 1, 0, 1], [2, 2]), tf.tensor1d([0, 1], 'int32'), 0.5);
    expect([...bank.dataSync()].map((value) => Math.fround(value))).toEqual(
      [1, 0, 0, 1, 0.6, 0.8].map(Math.fround),
    );
    const half = Math.SQRT1_2;
    const expected = [half, half, 0, 1, 0.6, 0.8];
    next.dataSync().forEach((value, index) => expect(value).toBeCloseTo(expected[index], 6));
  });

  it('keeps the last row of a position that a batch holds twice', () => {
    const { positions, rows } = lastRows(tf.tensor1d([4, 9, 4], 'int32'));
    expect([...positions.dataSync()]).toEqual([4, 9]);
    expect([...(rows?.dataSync() ?? [])]).toEqual([2, 1]);
    expect(lastRows(tf.tensor1d([1, 2], 'int32')).rows).toBeUndefined();
  });
});
