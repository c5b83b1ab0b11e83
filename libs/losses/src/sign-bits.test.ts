import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, expect, it } from 'vitest';
import { packSigns, unpackSigns } from './sign-bits.js';

beforeAll(() => startEngine({ backend: 'auto' }));

it.each([1, 7, 8, 9, 30])('signs of %i numbers a sample come back from their bits', (count) => {
  tf.tidy(() => {
    const numbers = Float32Array.from({ length: 2 * count }, (_, index) => ((index * index) % 5) - 2);
    const packed = packSigns(tf.tensor(numbers, [2, 1, count]));
    expect(packed.shape).toEqual([2, Math.ceil(count / 8)]);
    expect([...unpackSigns(packed, [1, count]).dataSync()]).toEqual(
      Array.from(numbers, (x) => (x > 0 ? 1 : 0)),
    );
  });
});

it('eight numbers above 0 are 255, and 0 itself is not above 0', () => {
  tf.tidy(() => {
    const rows = tf.tensor([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [0, 0, 0, 0, 0, 0, 0, 1e-30],
    ]);
    expect(packSigns(rows).arraySync()).toEqual([[255], [1]]);
  });
});
