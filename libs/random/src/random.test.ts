import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from './index.js';

describe('random', () => {
  it('gives the numbers that every earlier version gave for a seed and path', () => {
    const random = createRandom(7, 'order', 3);
    expect([random.uint32(), random.uint32(), random.uint32()]).toMatchInlineSnapshot(`
      [
        1776177934,
        1878658750,
        26025625,
      ]
    `);
    expect([...createRandom(7, 'order', 3).permutation(6)]).toMatchInlineSnapshot(`
      [
        2,
        4,
        5,
        1,
        3,
        0,
      ]
    `);
  });

  it('keeps streams of different names apart', () => {
    expect(createRandom(7, 'order', 3).uint32()).not.toBe(createRandom(7, 'order', 4).uint32());
    expect(createRandom(7, 'a').uint32()).not.toBe(createRandom(8, 'a').uint32());
  });

  it('permutes without losing or doubling a number', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 300 }), (seed, count) => {
        const seen = [...createRandom(seed, 'p').permutation(count)].sort((a, b) => a - b);
        expect(seen).toEqual(Array.from({ length: count }, (_, index) => index));
      }),
    );
  });

  it('draws normal numbers of mean 0 and variance 1', () => {
    const random = createRandom(1, 'normal');
    const draws = Array.from({ length: 20000 }, () => random.normal());
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it('refuses a seed that is not a whole number', () => {
    expect(() => createRandom(0.5, 'x')).toThrow('seed: must be a whole number, found 0.5');
  });
});
