import { beforeAll, describe, expect, it } from 'vitest';
import { startEngine, stopGradient, tf } from '../index.js';

describe('stopGradient', () => {
  beforeAll(() => startEngine({ backend: 'auto' }));

  it('keeps the values and holds them constant', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const gradient = tf.grad((y) => tf.sum(tf.mul(y, stopGradient(y))));
    expect([...gradient(x).dataSync()]).toEqual([1, 2, 3]);
    expect([...stopGradient(x).dataSync()]).toEqual([1, 2, 3]);
  });

  it('gives zeros where nothing else depends on the input', () => {
    const gradient = tf.grad((y) => tf.sum(stopGradient(y)));
    expect([...gradient(tf.ones([2, 2])).dataSync()]).toEqual([0, 0, 0, 0]);
  });
});
