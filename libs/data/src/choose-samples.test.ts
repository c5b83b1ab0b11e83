import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSamples } from './choose-samples.js';

const labels = fc.array(fc.nat(5), { minLength: 1, maxLength: 80 });

describe('the choice of samples', () => {
  it('takes all without a limit, in their order', () => {
    for (const limit of [undefined, 0, 3, 9]) expect([...chooseSamples([2, 2, 1], limit)]).toEqual([0, 1, 2]);
  });

  it('is in rising order, of the size asked for, and part of any larger choice', () => {
    fc.assert(
      fc.property(labels, fc.nat(80), (values, extra) => {
        const limit = 1 + (extra % values.length);
        const chosen = [...chooseSamples(values, limit)];
        expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
        expect(chosen).toHaveLength(limit);
        const larger = new Set(chooseSamples(values, limit + 1));
        expect(chosen.every((index) => larger.has(index))).toBe(true);
      }),
    );
  });

  it('differs by at most one between classes that have enough samples', () => {
    fc.assert(
      fc.property(labels, fc.nat(80), (values, extra) => {
        const limit = 1 + (extra % values.length);
        const chosen = [...chooseSamples(values, limit)].map((index) => values[index]);
        const countOf = (list: readonly number[], label: number) =>
          list.filter((value) => value === label).length;
        const most = Math.max(...values.map((label) => countOf(chosen, label)));
        for (const label of new Set(values)) {
          expect(countOf(chosen, label)).toBeGreaterThanOrEqual(Math.min(most - 1, countOf(values, label)));
        }
      }),
    );
  });
});
