import { describe, expect, it } from 'vitest';
import { bytes, duration, listed, percent, plain, plural, probability, signed, times } from './format.js';

const shown = (text: string) => text.replaceAll('\u00a0', ' ');

describe('numbers for people', () => {
  it('writes bytes in three digits with a decimal unit', () => {
    expect([0, 999, 1536, 15360, 153600, 1.5e9].map((n) => shown(bytes(n)))).toEqual([
      '0 B',
      '999 B',
      '1.54 kB',
      '15.4 kB',
      '154 kB',
      '1.50 GB',
    ]);
  });

  it('writes durations in the two largest units', () => {
    expect([400, 42_400, 185_000, 3_720_000].map((n) => shown(duration(n)))).toEqual([
      '0.4 s',
      '42 s',
      '3 min 05 s',
      '1 h 02 min',
    ]);
  });

  it('signs differences, but not a zero', () => {
    expect([1.054, -0.3, 0, -0.001].map((n) => signed(n))).toEqual(['+1.05', '\u22120.30', '0.00', '0.00']);
  });

  it('keeps small probabilities honest', () => {
    expect([0.21875, 0.0055, 0.0004, 1].map((n) => shown(probability(n)))).toEqual([
      '0.22',
      '0.0055',
      '< 0.001',
      '1',
    ]);
  });

  it('leaves a terminal nothing it could not show', () => {
    expect(plain(`${percent(0.8251)} ${times(35.12)} ${signed(-1)}`)).toBe('82.51 % 35.1 x -1.00');
  });

  it('joins names and counts as people do', () => {
    expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
    expect([shown(plural(1, 'image')), shown(plural(1200, 'image'))]).toEqual(['1 image', '1,200 images']);
  });
});
