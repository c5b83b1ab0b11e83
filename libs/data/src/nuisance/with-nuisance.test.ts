import { describe, expect, it } from 'vitest';
import { errorOf } from '../expect-error.fixture.js';
import { loadDataSet } from '../index.js';

const plain = { name: 'synthetic:6x6x1/5', trainLimit: 500, testLimit: 50 };
const nuisance = { name: 'rotation', bins: 5, degrees: 90, blur: 2, share: 0.5, seed: 3 } as const;

const counted = (values: Iterable<number> = []): number[] =>
  [...values].reduce<number[]>((counts, value) => {
    counts[value] = (counts[value] ?? 0) + 1;
    return counts;
  }, []);

describe('a nuisance', () => {
  it('changes its share of the samples, all bins alike, and nothing but their pixels', async () => {
    const [before, after] = await Promise.all([loadDataSet(plain), loadDataSet({ ...plain, nuisance })]);
    expect(before.train.groups).toBeUndefined();
    expect(after.train.labels).toEqual(before.train.labels);
    const [same, ...changed] = counted(after.train.groups);
    expect(Math.abs(same - 250)).toBeLessThan(40);
    expect(changed).toHaveLength(4);
    for (const count of changed) expect(Math.abs(count - 62)).toBeLessThan(30);
    after.train.groups?.forEach((bin, index) => {
      const pixels = [before, after].map(({ train }) => train.images.subarray(36 * index, 36 * index + 36));
      expect(pixels[0].every((value, i) => value === pixels[1][i])).toBe(bin === 0);
    });
  });

  it('is the same each time, another by another seed, and part of the digest', async () => {
    const [one, two, other, none] = await Promise.all([
      loadDataSet({ ...plain, nuisance }),
      loadDataSet({ ...plain, nuisance }),
      loadDataSet({ ...plain, nuisance: { ...nuisance, seed: 4 } }),
      loadDataSet(plain),
    ]);
    expect(two.digest).toBe(one.digest);
    expect(new Set([one, other, none].map(({ digest }) => digest)).size).toBe(3);
    expect(other.test.groups).not.toEqual(one.test.groups);
  });

  it('is refused with all that is wrong', async () => {
    const wrong = { ...nuisance, bins: 1, share: 2, blur: 0.5 };
    const { violations } = await errorOf(() => loadDataSet({ ...plain, nuisance: wrong }));
    expect(violations.map(({ field }) => field)).toEqual([
      'nuisance.bins',
      'nuisance.blur',
      'nuisance.share',
    ]);
  });
});

describe('a choice of classes', () => {
  it('leaves no sample of the others, and labels what is left from 0', async () => {
    const all = await loadDataSet(plain);
    const some = await loadDataSet({ ...plain, classes: [4, 1] });
    expect(some.classes).toEqual(['class 4', 'class 1']);
    expect(some.train.count).toBe(200);
    expect([...some.train.labels.subarray(0, 4)]).toEqual([1, 0, 1, 0]);
    expect(some.train.images.subarray(0, 36)).toEqual(all.train.images.subarray(36, 72));
  });

  it.each([[[0, 0]], [[7]], [[-1]]])('refuses the classes %j', async (classes) => {
    const { violations } = await errorOf(() => loadDataSet({ ...plain, classes }));
    expect(violations.map(({ field }) => field)).toEqual(['classes']);
  });
});
