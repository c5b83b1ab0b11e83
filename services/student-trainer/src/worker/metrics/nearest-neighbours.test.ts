import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { nearestLabels } from './nearest-neighbours.js';

const labels = Int32Array.of(7, 3, 3, 7, 5);
const nearest = (similarities: number[], ks: number[]) =>
  Object.fromEntries(
    [...nearestLabels(tf.tensor2d(similarities, [similarities.length / 5, 5]), labels, ks)].map(([k, v]) => [
      k,
      [...v],
    ]),
  );

beforeAll(() => startEngine({ backend: 'auto' }));

describe('nearest neighbours', () => {
  it('vote for the label that most of them have', () => {
    expect(nearest([0.9, 0.8, 0.7, 0.1, 0], [1, 2, 3])).toEqual({ 1: [7], 2: [7], 3: [3] });
  });

  it('decide each row by itself, and a tie by who is nearer', () => {
    // Nearest first: 5, 3, 7, 3, 7 and 7, 7, 5, 3, 3.
    const rows = [0.3, 0.4, 0.2, 0.1, 0.5, 0.5, 0.1, 0.2, 0.4, 0.3];
    expect(nearest(rows, [1, 4, 5])).toEqual({ 1: [5, 7], 4: [3, 7], 5: [3, 7] });
  });

  it('are all there are, where more are asked for; of equally similar ones the first come first', () => {
    expect(nearest([0, 0, 0, 0, 0], [1, 100])).toEqual({ 1: [7], 100: [7] });
  });
});
