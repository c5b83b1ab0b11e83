import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, expect, it } from 'vitest';
import { packTriangle, unpackTriangle } from './triangle.js';

beforeAll(() => startEngine({ backend: 'auto' }));

it.each([1, 2, 5])('symmetric matrices of %i rows come back from their triangles', (size) => {
  tf.tidy(() => {
    const numbers = tf.reshape<tf.Rank.R3>(tf.range(0, 2 * size * size), [2, size, size]);
    const matrices = tf.add<tf.Tensor3D>(numbers, tf.transpose(numbers, [0, 2, 1]));
    const packed = packTriangle(matrices);
    expect(packed.shape).toEqual([2, (size * (size + 1)) / 2]);
    expect(unpackTriangle(packed, size).arraySync()).toEqual(matrices.arraySync());
  });
});
