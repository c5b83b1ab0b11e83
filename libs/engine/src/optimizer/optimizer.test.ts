import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../start-engine.js';
import { tf } from '../tf.js';
import { createOptimizer } from './create-optimizer.js';
import type { Optimizer, OptimizerOptions } from './optimizer.js';

const start = [1, -2];
const gradients = [
  [0.5, -1],
  [0.25, 4],
  [-3, 0],
];
const learningRate = 0.1;

/** Two weights in one tensor, three steps; computed by hand in double precision from the formulas of torch.optim. */
const expected: [string, OptimizerOptions, number[]][] = [
  ['plain gradient descent', { name: 'sgd', momentum: 0 }, [1.225, -2.3]],
  ['momentum', { name: 'sgd', momentum: 0.9 }, [1.117, -2.489]],
  [
    'momentum, 0.9 when left out, and weight decay',
    { name: 'sgd', weightDecay: 0.01 },
    [1.1116097, -2.4777695],
  ],
  ['Nesterov', { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.01 }, [1.3228697, -2.7236149]],
  ['Adam', { name: 'adam' }, [0.8563958, -1.9992001]],
  ['Adam with coupled weight decay', { name: 'adam', weightDecay: 0.1 }, [0.8503167, -1.9870092]],
  ['AdamW with decoupled weight decay', { name: 'adamw', weightDecay: 0.1 }, [0.829617, -1.9412286]],
  ['Adam with other betas', { name: 'adam', beta1: 0.5, beta2: 0.9, epsilon: 0.1 }, [0.9291524, -2.0252903]],
  ['RMSProp', { name: 'rmsprop' }, [0.534361, -1.970428]],
  [
    'RMSProp with momentum',
    { name: 'rmsprop', alpha: 0.9, epsilon: 0.1, momentum: 0.9, weightDecay: 0.01 },
    [0.5738908, -1.8864803],
  ],
];
const kinds = expected.map(([title, options]) => [title, options] as const);

describe('an optimizer', () => {
  let before = 0;
  beforeAll(async () => {
    await startEngine();
    before = tf.memory().numTensors;
  });
  afterAll(() => expect(tf.memory().numTensors).toBe(before));

  it.each(expected)('steps as PyTorch does: %s', (_, options, values) => {
    using setup = makeSetup(options);
    for (const step of [0, 1, 2]) setup.step(step);
    const found = [...setup.weight.dataSync()];
    values.forEach((value, index) => expect(found[index]).toBeCloseTo(value, 6));
  });

  it.each(kinds)('goes on from a checkpoint bit for bit: %s', (_, options) => {
    using whole = makeSetup(options);
    using first = makeSetup(options);
    using second = makeSetup(options);
    for (const step of [0, 1, 2]) whole.step(step);
    first.step(0);
    const state = Object.fromEntries(
      Object.entries(first.optimizer.state()).map(([key, tensor]) => [key, tf.clone(tensor)]),
    );
    second.step(2);
    tf.tidy(() => second.weight.assign(tf.clone(first.weight)));
    second.optimizer.restore(state);
    tf.dispose(state);
    for (const step of [1, 2]) second.step(step);
    expect(second.weight.dataSync()).toEqual(whole.weight.dataSync());
  });

  it.each(kinds)('makes no tensors that stay: %s', (_, options) => {
    using setup = makeSetup(options);
    setup.step(0);
    const settled = tf.memory().numTensors;
    for (let round = 0; round < 5; round += 1) {
      setup.step(1);
      setup.optimizer.state();
    }
    expect(tf.memory().numTensors).toBe(settled);
  });

  it('leaves a weight without a gradient as it is, weight decay included', () => {
    const weights = tf.tidy(() => ({
      a: tf.variable(tf.tensor1d(start)),
      b: tf.variable(tf.tensor1d(start)),
    }));
    const optimizer = createOptimizer({ name: 'sgd', weightDecay: 0.5 }, weights);
    tf.tidy(() => optimizer.apply({ a: tf.ones([2]) }, 0.1));
    expect([...weights.b.dataSync()]).toEqual(start);
    expect([...weights.a.dataSync()]).not.toEqual(start);
    optimizer.dispose();
    tf.dispose(weights);
  });

  it('refuses a gradient of another shape or for another weight', () => {
    using setup = makeSetup({ name: 'sgd' });
    tf.tidy(() => {
      expect(() => setup.optimizer.apply({ w: tf.ones([3]) }, 0.1)).toThrow(
        'the gradient of "w" must have its weight\'s shape [2], found [3]',
      );
      expect(() => setup.optimizer.apply({ v: tf.ones([2]) }, 0.1)).toThrow('"v"');
    });
  });

  it('refuses a state that is not its own and names every difference', () => {
    using setup = makeSetup({ name: 'adam' });
    tf.tidy(() => {
      const state = { step: tf.scalar(1, 'int32'), 'mean/w': tf.ones([3]), 'momentum/w': tf.ones([2]) };
      expect(() => setup.optimizer.restore(state)).toThrow(
        'optimizer state: mean/w: must have shape [2], found [3]; square/w: is missing; ' +
          'momentum/w: does not belong to this optimizer and its weights',
      );
    });
  });

  it('names each setting that is out of range, and an unknown kind', () => {
    expect(() => createOptimizer({ name: 'adam', beta1: 1, weightDecay: -1 }, {})).toThrow(
      'optimizer.beta1: must be a number from 0 to below 1, found 1; ' +
        'optimizer.weightDecay: must be a number 0 or above, found -1',
    );
    expect(() => createOptimizer({ name: 'adm' } as unknown as OptimizerOptions, {})).toThrow(
      'did you mean "adam"',
    );
  });
});

interface Setup extends Disposable {
  readonly weight: tf.Variable;
  readonly optimizer: Optimizer;
  step(index: number): void;
}

function makeSetup(options: OptimizerOptions): Setup {
  const weight = tf.tidy(() => tf.variable(tf.tensor1d(start)));
  const optimizer = createOptimizer(options, { w: weight });
  return {
    weight,
    optimizer,
    step: (index) => tf.tidy(() => optimizer.apply({ w: tf.tensor1d(gradients[index]) }, learningRate)),
    [Symbol.dispose]() {
      optimizer.dispose();
      weight.dispose();
    },
  };
}
