import { beforeAll, expect, it } from 'vitest';
import { resizeMap, startEngine, tf, type Interpolation } from '../index.js';

beforeAll(() => startEngine({ backend: 'auto' }));

/** One row `[1, 1, W, 1]` brought to another width. */
function row(values: number[], width: number, interpolation: Interpolation): number[] {
  return tf.tidy(() => {
    const map = tf.tensor4d(values, [1, 1, values.length, 1]);
    return [...resizeMap(map, 1, width, interpolation).dataSync()].map((x) => Math.round(x * 1e5) / 1e5);
  });
}

it.each<[Interpolation, number[], number, number[]]>([
  ['nearest', [1, 2, 3], 6, [1, 1, 2, 2, 3, 3]],
  ['nearest', [1, 2, 3], 5, [1, 1, 2, 2, 3]],
  ['nearest', [1, 2, 3, 4], 2, [1, 3]],
  ['bilinear-corners', [0, 3], 4, [0, 1, 2, 3]],
  ['bilinear-corners', [0, 3, 9], 1, [0]],
  ['bilinear', [0, 4], 4, [0, 1, 3, 4]],
  ['bilinear', [0, 4, 8, 12], 2, [2, 10]],
])('%s takes %j to width %i as %j', (interpolation, values, width, expected) => {
  expect(row(values, width, interpolation)).toEqual(expected);
});

it('rows and columns are resized apart, each channel for itself', () => {
  tf.tidy(() => {
    const map = tf.tensor4d([1, 10, 2, 20], [1, 2, 1, 2]);
    expect(resizeMap(map, 2, 3, 'nearest').arraySync()).toEqual([
      [
        [
          [1, 10],
          [1, 10],
          [1, 10],
        ],
        [
          [2, 20],
          [2, 20],
          [2, 20],
        ],
      ],
    ]);
  });
});
