import { expect, it } from 'vitest';
import { warmUpShare } from './warm-up.js';

it('a warm-up grows from its first epoch to its last, and 0 epochs are none', () => {
  expect([0, 1, 3, 4].map((epoch) => warmUpShare(epoch, 4))).toEqual([0.25, 0.5, 1, 1]);
  expect(warmUpShare(0, 0)).toBe(1);
});
