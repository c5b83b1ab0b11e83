import { describe, expect, it } from 'vitest';
import { KeyCache } from './key-cache.js';
import { MemoryBudget } from './memory-budget.js';

const answer = (values: number[]) => [
  {
    name: 'kd/logits',
    dtype: 'f32' as const,
    shape: [values.length / 2, 2],
    data: Float32Array.from(values),
  },
];

describe('key cache', () => {
  it('answers any batch of samples that it knows, in the order asked for', () => {
    const cache = new KeyCache(new MemoryBudget(1e6));
    cache.put('view 0', 10, Int32Array.of(4, 7), answer([1, 2, 3, 4]));
    cache.put('view 0', 10, Int32Array.of(2), answer([5, 6]));
    const [found] = cache.get('view 0', Int32Array.of(7, 2)) ?? [];
    expect([...found.data]).toEqual([3, 4, 5, 6]);
    expect(found.shape).toEqual([2, 2]);
  });

  it('does not answer when one sample is unknown, or for another view', () => {
    const cache = new KeyCache(new MemoryBudget(1e6));
    cache.put('view 0', 10, Int32Array.of(4), answer([1, 2]));
    expect(cache.get('view 0', Int32Array.of(4, 5))).toBeUndefined();
    expect(cache.get('view 1', Int32Array.of(4))).toBeUndefined();
    expect(cache.has('view 0', Int32Array.of(4))).toBe(true);
    expect(cache.has('view 0', Int32Array.of(4, 5))).toBe(false);
  });

  it('drops the least recently used slab when memory is short, and never exceeds its limit', () => {
    const cache = new KeyCache(new MemoryBudget(2 * (10 * 2 * 4 + 10)));
    for (const view of ['a', 'b']) cache.put(view, 10, Int32Array.of(1), answer([1, 2]));
    cache.get('a', Int32Array.of(1));
    cache.put('c', 10, Int32Array.of(1), answer([5, 6]));
    expect(cache.get('b', Int32Array.of(1))).toBeUndefined();
    expect(cache.get('a', Int32Array.of(1))).toBeDefined();
    expect(cache.put('too large', 1000, Int32Array.of(1), answer([1, 2]))).toBe(false);
    expect(cache.get('too large', Int32Array.of(1))).toBeUndefined();
    expect(cache.get('c', Int32Array.of(1))).toBeDefined();
  });
});
