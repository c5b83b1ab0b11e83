import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyOfBatch, pairDifferences, shareOfLargest, squaredDistances } from './pairwise.js';

beforeAll(() => startEngine({ backend: 'auto' }));

describe('relations of the samples of a batch', () => {
  it('gives the same distances by inner products as by differences, far from the origin too', () => {
    const rows = tf.add<tf.Tensor2D>(
      tf.tensor2d([
        [0, 1, 2],
        [3, -1, 0.5],
        [0, 1, 2.5],
        [7, 7, 7],
      ]),
      1000,
    );
    const exact = tf.sum(tf.square(pairDifferences(rows)), 2).dataSync();
    squaredDistances(rows, 1e-12)
      .dataSync()
      .forEach((value, place) => expect(value).toBeCloseTo(exact[place], 3));
  });

  it('keeps the diagonal at 0 and coincident samples at the floor', () => {
    const distances = squaredDistances(tf.ones([2, 3]), 0.25);
    expect(Array.from(distances.dataSync())).toEqual([0, 0.25, 0.25, 0]);
  });

  it('shares the gradient of the largest among equal ones, and stays finite when all are 0', () => {
    const slope = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(shareOfLargest(x), [1, 0, 0])));
    const [first, second, third] = slope(tf.tensor1d([1, 2, 2])).dataSync();
    expect([first, second, third]).toEqual([0.5, -0.125, -0.125]);
    expect(Array.from(shareOfLargest(tf.zeros([3])).dataSync())).toEqual([0, 0, 0]);
    expect(
      slope(tf.zeros([3]))
        .dataSync()
        .every(Number.isFinite),
    ).toBe(true);
  });

  it('refuses a key of another batch', () => {
    expect(() => keyOfBatch(tf.ones([1, 1]), tf.ones([4, 4]), 'keys.layer1.gram')).toThrow(
      'keys.layer1.gram: belongs to a batch of another size: must have shape [4, 4], found [1, 1]',
    );
  });
});
