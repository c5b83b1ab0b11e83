import { beforeAll, describe, expect, it } from 'vitest';
import { representatives, startEngine, tf } from '../index.js';

beforeAll(() => startEngine({ backend: 'auto' }));

/** A map after ReLU with features of unlike lengths, `[2, 3, 4, 5]`. */
function activeMap(): tf.Tensor4D {
  const values = Float32Array.from({ length: 120 }, (_, place) => Math.max(0, Math.sin(7.3 * place ** 1.5)));
  return tf.tensor4d(values, [2, 3, 4, 5]);
}

describe('representatives', () => {
  it('share out the places: every map sums to 1, and no place is chosen twice', () => {
    const { vectors, maps, index } = representatives(activeMap(), { count: 3 });
    expect([vectors.shape, maps.shape, index.shape]).toEqual([
      [2, 3, 5],
      [2, 3, 4, 3],
      [2, 3],
    ]);
    for (const sum of tf.sum(maps, [1, 2]).dataSync()) expect(sum).toBeCloseTo(1, 5);
    for (const chosen of index.arraySync()) expect(new Set(chosen).size).toBe(3);
  });

  it('start at the place with the longest feature', () => {
    const map = activeMap();
    const strongest = tf.argMax(tf.reshape(tf.sum(tf.square(map), 3), [2, 12]), 1).arraySync();
    const { index } = representatives(map, { count: 2 });
    expect(index.arraySync().map(([first]) => first)).toEqual(strongest);
  });

  it('have finite gradients at places without activity, and for a map without any', () => {
    const dead = tf.mul(activeMap(), tf.tensor4d([1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1], [1, 3, 4, 1]));
    for (const map of [dead, tf.zerosLike(dead)]) {
      const { value, grad } = tf.valueAndGrad((x) => {
        const { vectors, maps } = representatives(x as tf.Tensor4D, { count: 3 });
        return tf.add(tf.sum(tf.square(vectors)), tf.sum(tf.square(maps)));
      })(map);
      expect(Number.isFinite(value.dataSync()[0])).toBe(true);
      expect([...grad.dataSync()].every(Number.isFinite)).toBe(true);
    }
  });
});
