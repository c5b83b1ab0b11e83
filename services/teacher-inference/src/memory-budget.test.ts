import { describe, expect, it } from 'vitest';
import { MemoryBudget } from './memory-budget.js';

describe('memory with a limit', () => {
  it('drops whoever was used least recently, of any kind, and only as many as needed', () => {
    const budget = new MemoryBudget(100);
    const dropped: string[] = [];
    const holders = ['a', 'b', 'c'].map((name) => ({ name }));
    for (const holder of holders) budget.claim(holder, 30, () => dropped.push(holder.name));
    budget.touch(holders[0]);
    expect(budget.claim({}, 40, () => undefined)).toBe(true);
    expect(dropped).toEqual(['b']);
    expect(budget.usedBytes).toBe(100);
  });

  it('refuses what alone is beyond the limit, and drops nobody for it', () => {
    const budget = new MemoryBudget(100);
    const dropped: string[] = [];
    budget.claim({}, 90, () => dropped.push('a'));
    expect(budget.claim({}, 101, () => undefined)).toBe(false);
    expect(dropped).toEqual([]);
    expect(budget.usedBytes).toBe(90);
  });

  it('has the room again that was given back, once', () => {
    const budget = new MemoryBudget(100);
    const holder = {};
    budget.claim(holder, 70, () => undefined);
    budget.release(holder);
    budget.release(holder);
    expect(budget.usedBytes).toBe(0);
  });
});
