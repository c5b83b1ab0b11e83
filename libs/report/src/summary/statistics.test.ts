import { describe, expect, it } from 'vitest';
import { mcnemar, pairedStandardError, standardError } from './statistics.js';

describe('statistics of accuracies', () => {
  it('gives the binomial standard error: 0.9 on 100 images is 3 points', () => {
    expect(standardError(0.9, 100)).toBeCloseTo(0.03, 12);
    expect(standardError(1, 100)).toBe(0);
  });

  it('gives the exact McNemar probability worked out by hand', () => {
    // 5 against 1 of 6: 2 (C(6,0) + C(6,1)) / 2^6 = 14 / 64.
    expect(mcnemar(5, 1)).toBeCloseTo(14 / 64, 12);
    expect(mcnemar(1, 5)).toBeCloseTo(14 / 64, 12);
    // 8 against 0: 2 / 2^8.
    expect(mcnemar(8, 0)).toBeCloseTo(2 / 256, 12);
  });

  it('never says more than 1, and 1 when no image tells the two apart', () => {
    expect(mcnemar(0, 0)).toBe(1);
    expect(mcnemar(3, 3)).toBe(1);
  });

  it('stays exact for thousands of images', () => {
    // By the normal approximation with continuity correction: z = (|600 - 500| - 1) / sqrt(1100) = 2.98, p = 0.0028.
    expect(mcnemar(600, 500)).toBeGreaterThan(0.0026);
    expect(mcnemar(600, 500)).toBeLessThan(0.003);
    expect(mcnemar(5000, 4000)).toBeLessThan(1e-20);
  });

  it('gives the standard error of a paired difference', () => {
    // b = 30, c = 10, n = 100: sqrt(40 - 400/100) / 100 = 6 / 100.
    expect(pairedStandardError(30, 10, 100)).toBeCloseTo(0.06, 12);
  });
});
