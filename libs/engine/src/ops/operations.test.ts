import { beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../start-engine.js';
import { tf } from '../tf.js';
import { operationSuite } from './operation-suite.fixture.js';
import { relu } from './relu.js';

describe('operations on the best backend here', () => {
  beforeAll(() => startEngine({ backend: 'auto' }));

  operationSuite();

  it('can not be differentiated twice, and says so instead of giving zeros', () => {
    const twice = tf.grad((x) => tf.sum(tf.grad((y) => tf.sum(tf.square(relu(y))))(x)));
    if (tf.getBackend() === 'tensorflow')
      expect(() => twice(tf.ones([2]))).toThrow('gradient function not found');
    else expect([...twice(tf.ones([2])).dataSync()]).toEqual([2, 2]);
  });
});
