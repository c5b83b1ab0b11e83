import { beforeAll, expect, it } from 'vitest';
import { createOptimizer, detach, startEngine, stopGradient, tf } from '../index.js';

beforeAll(() => startEngine({ backend: 'auto' }));

/** How far Adam moves a weight by a step whose loss reads it through `cut`, after one that reads it as it is. */
function moved(cut: (x: tf.Tensor) => tf.Tensor): number {
  const [weight, other] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
  const optimizer = createOptimizer({ name: 'adam' }, { weight, other });
  const step = (read: (x: tf.Tensor) => tf.Tensor) => {
    const { grads } = tf.variableGrads(() => tf.mul(read(tf.mul(weight, 2)), other));
    const named = Object.entries({ weight, other }).filter(([, { name }]) => name in grads);
    optimizer.apply(Object.fromEntries(named.map(([key, { name }]) => [key, grads[name]])), 0.1);
  };
  step((x) => x);
  const [before] = weight.dataSync();
  step(cut);
  return Math.abs(weight.dataSync()[0] - before);
}

it('keeps the values, and an optimizer away from what they come from', () => {
  expect([...detach(tf.tensor1d([1, 2, 3])).dataSync()]).toEqual([1, 2, 3]);
  expect(moved(detach)).toBe(0);
  expect(moved(stopGradient)).toBeGreaterThan(0.01);
});
