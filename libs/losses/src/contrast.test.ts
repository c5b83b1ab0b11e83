import { createRandom } from '@lyceum/random';
import { startEngine, tf } from '@lyceum/engine';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { contrastOf, contrastScores, drawRows } from './contrast.js';

const random = () => createRandom(1, 'contrast');

describe('contrast', () => {
  beforeAll(() => startEngine({ backend: 'auto' }));

  it('draws the sample itself, then samples of other classes, none twice while there are enough', () => {
    const counts = fc.record({
      samples: fc.integer({ min: 2, max: 40 }),
      classes: fc.integer({ min: 1, max: 5 }),
      nceK: fc.integer({ min: 1, max: 50 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(counts, ({ samples, classes, nceK, seed }) => {
        const labels = Int32Array.from({ length: samples }, (_, index) => index % classes);
        const anchors = Int32Array.of(0, samples - 1);
        const rows = drawRows(anchors, samples, labels, { nceK, mode: 'exact' }, createRandom(seed, 'draw'));
        anchors.forEach((anchor, row) => {
          const [positive, ...negatives] = rows.slice(row * (nceK + 1), (row + 1) * (nceK + 1));
          expect(positive).toBe(anchor);
          const others = labels.filter((label) => label !== labels[anchor]).length;
          if (others === 0) expect(negatives).not.toContain(anchor);
          else for (const other of negatives) expect(labels[other]).not.toBe(labels[anchor]);
          if (nceK <= others) expect(new Set(negatives).size).toBe(nceK);
        });
      }),
    );
  });

  it('draws a positive of the same class with relax', () => {
    const labels = Int32Array.from({ length: 30 }, (_, index) => index % 3);
    const rows = drawRows(Int32Array.of(4, 5), 30, labels, { nceK: 2, mode: 'relax' }, random());
    expect([labels[rows[0]], labels[rows[3]]]).toEqual([1, 2]);
  });

  it('scores alike through the whole memory and through gathered rows', () => {
    const memory = tf.randomNormal<tf.Rank.R2>([40, 3], 0, 1, 'float32', 1);
    const anchor = tf.randomNormal<tf.Rank.R2>([2, 3], 0, 1, 'float32', 2);
    const given = tf.tensor2d([5, 7, 7, 0, 3, 1], [2, 3], 'int32');
    const setting = { sampleCount: 40 } as never;
    const whole = contrastOf(given, tf.tensor1d([5, 0], 'int32'), {
      setting,
      random,
      params: { nceK: 2, mode: 'exact' },
    });
    const { counts, ...gathered } = whole;
    expect(counts?.arraySync()[0][7]).toBe(2);
    const sums = [whole, gathered].map((contrast) => {
      const scores = contrastScores(memory, anchor, contrast);
      return [tf.sum(scores.positive), tf.sum(tf.mul(scores.counts, scores.negative))].map(
        (sum) => sum.dataSync()[0],
      );
    });
    expect(sums[0][0]).toBeCloseTo(sums[1][0], 5);
    expect(sums[0][1]).toBeCloseTo(sums[1][1], 5);
  });
});
