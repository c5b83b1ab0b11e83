import { tf } from '@lyceum/engine';
import type { Random } from '@lyceum/random';
import type { Initializer, OwnedTensor } from './loss.js';

/** Draws a tensor's first values, float32, row-major. */
export function initialValues({ shape, initializer }: OwnedTensor, random: Random): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  const draw = drawer(initializer, random);
  const values = new Float32Array(count);
  for (let index = 0; index < count; index += 1) values[index] = draw();
  return values;
}

/** The tensors a loss owns, at their first values; each has a stream of its own. */
export function initialTensors(
  owned: readonly OwnedTensor[],
  open: (name: string) => Random,
): Record<string, tf.Tensor> {
  return Object.fromEntries(
    owned.map((tensor) => [
      tensor.name,
      tf.tensor(initialValues(tensor, open(tensor.name)), [...tensor.shape]),
    ]),
  );
}

function drawer(initializer: Initializer, random: Random): () => number {
  switch (initializer.kind) {
    case 'constant':
      return () => initializer.value;
    case 'uniform':
      return () => (2 * random.uniform() - 1) * initializer.bound;
    case 'normal':
      return () => random.normal() * initializer.standardDeviation;
  }
}
