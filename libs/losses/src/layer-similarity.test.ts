import { startEngine, tf } from '@lyceum/engine';
import { createRandom } from '@lyceum/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { layerSimilarities } from './layer-similarity.js';

beforeAll(() => startEngine({ backend: 'auto' }));

function normals(samples: number, channels: number, seed: number): tf.Tensor2D {
  const random = createRandom(seed);
  return tf.tensor2d(
    Array.from({ length: samples * channels }, () => random.normal()),
    [samples, channels],
  );
}

describe.each(['r2', 'cka_linear', 'cka_rbf'] as const)('%s', (metric) => {
  it('calls a layer and its rotated, scaled copy the same', () => {
    const layer = normals(20, 2, 1);
    const turned = tf.matMul(layer, tf.tensor2d([0.6, 0.8, -0.8, 0.6], [2, 2]));
    expect(layerSimilarities([layer, tf.mul(turned, 3)], metric)[1]).toBeCloseTo(1, 5);
  });

  it('is a number where all samples of a layer are alike', () => {
    const same = tf.ones<tf.Rank.R2>([20, 3]);
    const similarities = layerSimilarities([normals(20, 2, 1), same, tf.zeros([20, 2])], metric);
    expect([...similarities].every(Number.isFinite)).toBe(true);
  });
});

it('r2 does not see dead channels', () => {
  const [one, other] = [normals(20, 2, 1), normals(20, 3, 2)];
  const dead = tf.concat<tf.Tensor2D>([one, tf.zeros([20, 4])], 1);
  const [plain, padded] = [one, dead].map((layer) => layerSimilarities([layer, other], 'r2')[1]);
  expect(padded).toBeCloseTo(plain, 6);
});
