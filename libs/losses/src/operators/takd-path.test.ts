import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { takdPath } from './takd-path.js';

const choose = (accuracy: number[][]): Record<string, number[]> => {
  const outputs = takdPath.run({ params: {}, inputs: { accuracy: tf.tensor2d(accuracy) }, weights: {} });
  return Object.fromEntries(Object.entries(outputs).map(([name, out]) => [name, Array.from(out.dataSync())]));
};

beforeAll(() => startEngine({ backend: 'auto' }));

describe('the choice of a chain of assistants', () => {
  it('takes the larger teacher on ties', () => {
    const table = [
      [90, 80, 70],
      [0, 0, 70],
      [0, 0, 0],
    ];
    expect(choose(table)).toEqual({
      best: [90, 80, 70],
      parent: [-1, 0, 0],
      path: [0, 2],
      trainings: [4],
      paths: [2],
    });
  });

  it('works for a teacher and student alone, and for a teacher alone', () => {
    const two = [
      [90, 80],
      [0, 0],
    ];
    expect(choose(two)).toMatchObject({ path: [0, 1], trainings: [2], paths: [1] });
    expect(choose([[90]])).toMatchObject({ path: [0], trainings: [1], paths: [1] });
  });

  it('refuses a table that is not square', () => {
    expect(() => choose([[1, 2]])).toThrow('inputs.accuracy: must be a square table [L, L], found [1, 2]');
  });
});
