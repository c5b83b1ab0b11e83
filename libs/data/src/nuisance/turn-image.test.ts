import { describe, expect, it } from 'vitest';
import { blurImage } from './blur-image.js';
import { turnImage } from './turn-image.js';

const square = (...pixels: number[]) => ({
  pixels: Uint8Array.from(pixels),
  height: 3,
  width: 3,
  channels: 1,
});
const corner = square(1, 2, 3, 4, 5, 6, 7, 8, 9);

describe('a turned image', () => {
  it('is the same after no turn, and after a quarter turn each row is a column, from below', () => {
    expect(turnImage(corner, 0)).toEqual(corner.pixels);
    expect([...turnImage(corner, 90)]).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
    expect([...turnImage(corner, 180)]).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect([...turnImage(corner, -90)]).toEqual([7, 4, 1, 8, 5, 2, 9, 6, 3]);
  });

  it('lies between its pixels and is 0 where there were none', () => {
    const bright = square(0, 0, 0, 0, 200, 0, 0, 0, 200);
    // By 45 degrees the right edge comes from sqrt(1/2) down and right of the centre.
    const near = Math.SQRT1_2;
    const turned = turnImage(bright, -45);
    expect(turned[4]).toBe(200);
    expect(Math.abs(turned[7] - 200 * (near * near + (1 - near) ** 2))).toBeLessThanOrEqual(1);
    expect(turnImage(square(9, 9, 9, 9, 9, 9, 9, 9, 9), 45)[0]).toBeLessThan(9);
  });

  it('keeps channels apart', () => {
    const two = { pixels: Uint8Array.of(1, 10, 2, 20, 3, 30, 4, 40), height: 2, width: 2, channels: 2 };
    expect([...turnImage(two, 90)]).toEqual([2, 20, 4, 40, 1, 10, 3, 30]);
  });
});

describe('a blurred image', () => {
  it('has means of what lies around, at its border of fewer pixels', () => {
    expect([...blurImage(square(0, 0, 0, 0, 36, 0, 0, 0, 0), 1)]).toEqual([9, 6, 9, 6, 4, 6, 9, 6, 9]);
    expect(blurImage(corner, 0)).toEqual(corner.pixels);
  });
});
