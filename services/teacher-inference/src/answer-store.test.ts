import { hostTensor } from '@lyceum/tensor';
import { describe, expect, it } from 'vitest';
import { AnswerStore } from './answer-store.js';
import { KeyCache } from './key-cache.js';
import { MemoryBudget } from './memory-budget.js';

/** An answer of 40 bytes. */
const answer = (value: number) => [hostTensor('sp/gram', new Float32Array(10).fill(value), [10])];

describe('answers that wait for those they were made for', () => {
  it('are given out as often as they were meant to be', () => {
    const budget = new MemoryBudget(1000);
    const store = new AnswerStore(budget);
    const gram = answer(1);
    store.put('sp batch 1', gram, 2);
    expect(store.take('sp batch 2')).toBeUndefined();
    expect([store.take('sp batch 1'), store.take('sp batch 1')]).toEqual([gram, gram]);
    expect(store.take('sp batch 1')).toBeUndefined();
    expect(budget.usedBytes).toBe(0);
  });

  it('are replaced by newer ones of the same name', () => {
    const budget = new MemoryBudget(1000);
    const store = new AnswerStore(budget);
    store.put('a', answer(1), 1);
    store.put('a', answer(2), 1);
    expect(budget.usedBytes).toBe(40);
    expect(store.take('a')).toEqual(answer(2));
  });

  it('share their memory with keys by sample: the least recently used goes, whichever it is', () => {
    const budget = new MemoryBudget(100);
    const [store, cache] = [new AnswerStore(budget), new KeyCache(budget)];
    const key = [hostTensor('kd/logits', Float32Array.of(1, 2), [1, 2])];
    cache.put('kd', 5, Int32Array.of(0), key); // 45 bytes
    store.put('a', answer(1), 1);
    cache.get('kd', Int32Array.of(0));
    store.put('b', answer(2), 1);
    expect([store.has('a'), store.has('b'), cache.has('kd', Int32Array.of(0))]).toEqual([false, true, true]);
    store.put('c', answer(3), 1);
    expect([store.has('b'), store.has('c'), cache.has('kd', Int32Array.of(0))]).toEqual([true, true, false]);
    expect(budget.usedBytes).toBe(80);
  });

  it('are not kept when they are beyond the limit', () => {
    const store = new AnswerStore(new MemoryBudget(39));
    store.put('a', answer(1), 1);
    expect(store.has('a')).toBe(false);
  });
});
