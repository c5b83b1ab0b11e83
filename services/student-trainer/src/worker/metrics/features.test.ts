import { describe, expect, it } from 'vitest';
import { innerProduct, unitRows } from './features.js';

describe('rows of features', () => {
  it('have length 1, and zeros stay zeros', () => {
    const units = unitRows({ rows: Float32Array.of(3, 4, 0, 0, -2, 0), width: 2, count: 3 });
    [0.6, 0.8, 0, 0, -1, 0].forEach((value, i) => expect(units.rows[i]).toBeCloseTo(value, 6));
    expect(innerProduct(units, 0, units, 2)).toBeCloseTo(-0.6, 6);
  });
});
