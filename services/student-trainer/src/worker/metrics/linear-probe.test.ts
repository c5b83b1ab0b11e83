import { createRandom } from '@lyceum/random';
import { describe, expect, it } from 'vitest';
import type { Features } from './features.js';
import { trainProbe } from './linear-probe.js';

const options = { classCount: 3, epochs: 30, learningRate: 0.1 };

/** Clouds around three corners, far from 0 and on unequal scales. */
function clouds(count: number, seed: number, spread: number): { features: Features; labels: Int32Array } {
  const random = createRandom(seed, 'clouds');
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const rows = new Float32Array(2 * count);
  labels.forEach((label, i) => {
    rows[2 * i] = 100 + (label === 1 ? 1 : 0) + spread * random.normal();
    rows[2 * i + 1] = 0.01 * ((label === 2 ? 1 : 0) + spread * random.normal());
  });
  return { features: { rows, width: 2, count }, labels };
}

const accuracy = (found: Int32Array, labels: Int32Array): number =>
  found.filter((label, i) => label === labels[i]).length / labels.length;

describe('a linear probe', () => {
  it('separates what a line can separate, whatever its scale', () => {
    const [train, test] = [clouds(300, 1, 0.1), clouds(150, 2, 0.1)];
    const probe = trainProbe(train.features, train.labels, options);
    expect(accuracy(probe.classify(test.features), test.labels)).toBe(1);
  });

  it('comes near the best that overlapping classes allow', () => {
    const [train, test] = [clouds(3000, 1, 0.4), clouds(3000, 2, 0.4)];
    const probe = trainProbe(train.features, train.labels, options);
    const found = accuracy(probe.classify(test.features), test.labels);
    // Nearest corner, which is what the densities say.
    const best = Int32Array.from({ length: 3000 }, (_, i) => {
      const [x, y] = [test.features.rows[2 * i] - 100, 100 * test.features.rows[2 * i + 1]];
      const distances = [x * x + y * y, (x - 1) ** 2 + y * y, x * x + (y - 1) ** 2];
      return distances.indexOf(Math.min(...distances));
    });
    expect(Math.abs(found - accuracy(best, test.labels))).toBeLessThan(0.015);
  });

  it('is the same each time, and guesses where features say nothing', () => {
    const { features, labels } = clouds(300, 1, 0.4);
    const classes = [1, 2].map(() => trainProbe(features, labels, options).classify(features));
    expect(classes[0]).toEqual(classes[1]);
    const constant = { ...features, rows: new Float32Array(600).fill(2) };
    const guessed = trainProbe(constant, labels, options).classify(constant);
    expect(new Set(guessed).size).toBe(1);
  });
});
