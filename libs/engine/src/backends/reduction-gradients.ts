import { tf } from '../tf.js';

// TensorFlow.js spreads the gradient of a sum or mean by multiplying it with ones as large as the input, which it makes
// in JavaScript in each step: ten times the cost of the sum itself. Here the gradient is repeated by one operation.

/** Replaces the gradients of sums and means, of any backend; once a thread. */
export function registerReductionGradients(): void {
  replace('Sum', () => 1);
  replace('Mean', (count) => count);
}

/** @param divisor of the gradient, by the count of values that went into one. */
function replace(kernelName: string, divisor: (count: number) => number): void {
  tf.unregisterGradient(kernelName);
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => {
      const { shape } = saved[0];
      const axes = tf.util.parseAxisParam(attributes.axis as unknown as number | number[], shape);
      const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const repeats = shape.map((size, axis) => (axes.includes(axis) ? size : 1));
      const share = divisor(axes.reduce((count, axis) => count * shape[axis], 1));
      const one = dy as tf.Tensor;
      return {
        x: () => tf.tile(tf.reshape(share === 1 ? one : tf.div(one, share), kept), repeats),
      };
    },
  });
}
