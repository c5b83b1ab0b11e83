import { expect, it } from 'vitest';
import { timeLeftMs, timeLeftText } from './time-left.js';

it('is what recipes estimate at first, then goes by the speed so far', () => {
  expect(timeLeftMs({ totalMinutes: 60, doneMinutes: 0, elapsedMs: 5000 })).toBe(60 * 60_000);
  // 20 of 60 minutes took 10: 40 take 20.
  expect(timeLeftMs({ totalMinutes: 60, doneMinutes: 20, elapsedMs: 600_000 })).toBe(20 * 60_000);
  expect(timeLeftMs({ totalMinutes: 60, doneMinutes: 61, elapsedMs: 600_000 })).toBe(0);
});

it('is said in minutes, or hours', () => {
  const left = (totalMinutes: number) => timeLeftText({ totalMinutes, doneMinutes: 0, elapsedMs: 0 });
  expect([left(0.5), left(12.2), left(150)]).toEqual([
    'less than a minute left',
    'about 12 min left',
    'about 2.5 h left',
  ]);
});
