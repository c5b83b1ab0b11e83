import { hostTensor } from '@lyceum/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { toEngine, toEngineMap, toHost } from './host-tensors.js';
import { startEngine } from './start-engine.js';
import { tf } from './tf.js';

beforeAll(() => startEngine());

describe('host tensors', () => {
  it.each([
    hostTensor('logits', Float32Array.of(1, -2.5, 0, 4), [2, 2]),
    hostTensor('labels', Int32Array.of(3, -1), [2]),
    hostTensor('scalar', Float32Array.of(7), []),
  ])('come back from the engine as they went: $name', (host) => {
    tf.tidy(() => {
      expect(toHost(host.name, toEngine(host))).toEqual(host);
    });
  });

  it('are found by their names', () => {
    const map = tf.tidy(() =>
      Object.keys(toEngineMap([hostTensor('a', Float32Array.of(1)), hostTensor('b', Uint8Array.of(2))])),
    );
    expect(map).toEqual(['a', 'b']);
  });
});
