import { expect } from 'vitest';
import { tf } from '../tf.js';

export type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Numbers in (-1, 1) that look random, differ from each other and are the same everywhere. */
export function someNumbers(shape: readonly number[], seed = 1): tf.Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: count }, (_, index) => {
    const wave = Math.sin((index + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    return 2 * (wave - Math.floor(wave)) - 1;
  });
  return tf.tensor(values, [...shape]);
}

/** Compares the gradients of `sum(weights * operation(inputs))` with central differences along three directions an input. */
export function expectTrueGradients(operation: Operation, inputs: readonly tf.Tensor[], step = 1e-2): void {
  const weights = someNumbers(operation(...inputs).shape, 99);
  const value: Operation = (...values) => tf.sum(tf.mul(weights, operation(...values)));
  const gradients = tf.grads(value)([...inputs]);
  for (const [place, input] of inputs.entries()) {
    expect(gradients[place].shape).toEqual(input.shape);
    for (const seed of [1, 2, 3]) {
      const direction = someNumbers(input.shape, 10 + seed);
      const moved = (by: number): number => {
        const values = inputs.map((other, index) =>
          index === place ? tf.add(other, tf.mul(direction, by)) : other,
        );
        return value(...values).dataSync()[0];
      };
      const measured = (moved(step) - moved(-step)) / (2 * step);
      const claimed = tf.sum(tf.mul(direction, gradients[place])).dataSync()[0];
      const scale = Math.max(1, tf.norm(gradients[place]).dataSync()[0]);
      expect(Math.abs(measured - claimed) / scale, `input ${place}, direction ${seed}`).toBeLessThan(3e-3);
    }
  }
}

export function numbersOf(tensor: tf.Tensor): number[] {
  return [...tensor.dataSync()];
}

export function expectClose(actual: tf.Tensor, expected: readonly number[], tolerance = 1e-5): void {
  const found = numbersOf(actual);
  expect(found.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) {
    expect(
      Math.abs(found[index] - value),
      `element ${index}: ${found[index]}, expected ${value}`,
    ).toBeLessThan(tolerance * Math.max(1, Math.abs(value)));
  }
}
