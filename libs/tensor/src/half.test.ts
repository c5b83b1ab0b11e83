import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBfloat, encodeBfloat } from './bfloat.js';
import { decodeHalf, encodeHalf } from './half.js';

const everyWord = Uint16Array.from({ length: 65536 }, (_, i) => i);

function decoded(decode: typeof decodeHalf, words: Uint16Array): Float32Array {
  const target = new Float32Array(words.length);
  decode(words, target);
  return target;
}

/** Rounds to nearest even among the numbers of a format with `bits` of fraction and this smallest exponent. */
function rounded(value: number, bits: number, smallestExponent: number, largest: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const exponent = Math.max(smallestExponent, Math.floor(Math.log2(Math.abs(value))));
  const unit = 2 ** (exponent - bits);
  const floor = Math.floor(value / unit);
  const rest = value / unit - floor;
  const even = floor % 2 === 0 ? floor : floor + 1;
  const count = rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : even;
  const result = count * unit;
  if (Math.abs(result) > largest) return Math.sign(value) * Infinity;
  return result === 0 && value < 0 ? -0 : result;
}

describe('binary16', () => {
  it('gives back every word that is not NaN', () => {
    const values = decoded(decodeHalf, everyWord);
    const again = encodeHalf(values);
    const wrong = everyWord.filter((word, i) => !Number.isNaN(values[i]) && again[i] !== word);
    expect(wrong).toHaveLength(0);
    expect(values.filter(Number.isNaN)).toHaveLength(2 * 1023);
  });

  it('knows the values of the format', () => {
    const words = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0x8000, 0x3555);
    expect([...decoded(decodeHalf, words)]).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      2 ** -14,
      Infinity,
      -0,
      0.333251953125,
    ]);
  });

  it('rounds to nearest even, to infinity past the largest, and keeps NaN', () => {
    const cases = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519.99, 65520, 2 ** -25, 2 ** -25 * 1.0001, 1e-8, -1e-8];
    expect([...encodeHalf(Float32Array.from(cases))]).toEqual([
      0x3c00, 0x3c02, 0x7bff, 0x7c00, 0, 1, 0, 0x8000,
    ]);
    expect(decoded(decodeHalf, encodeHalf(Float32Array.of(NaN)))[0]).toBeNaN();
  });

  it('rounds any number as arithmetic says', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), fc.integer({ min: -30, max: 20 }), (value, exponent) => {
        for (const v of [value, Math.fround((value % 2) * 2 ** exponent)]) {
          const [got] = decoded(decodeHalf, encodeHalf(Float32Array.of(v)));
          expect(got).toBe(rounded(v, 10, -14, 65504));
        }
      }),
    );
  });
});

describe('bfloat16', () => {
  it('gives back every word that is not NaN', () => {
    const values = decoded(decodeBfloat, everyWord);
    const again = encodeBfloat(values);
    expect(everyWord.filter((word, i) => !Number.isNaN(values[i]) && again[i] !== word)).toHaveLength(0);
  });

  it('rounds any number as arithmetic says, and keeps NaN', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        const [got] = decoded(decodeBfloat, encodeBfloat(Float32Array.of(value)));
        expect(got).toBe(rounded(value, 7, -126, 3.3895313892515355e38));
      }),
    );
    const quiet = new Float32Array(Uint32Array.of(0x7f800001, 0xffffffff).buffer);
    expect([...decoded(decodeBfloat, encodeBfloat(quiet))]).toEqual([NaN, NaN]);
  });
});
