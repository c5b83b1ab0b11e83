import { describe, expect, it } from 'vitest';
import { bicubicResize } from './bicubic-resize.js';
import { buildImage } from './host-image.js';

const image = buildImage(6, 7, 1, (row, column) => (((7 * row + column) ** 2 * 37) % 101) / 100);

describe('bicubic resizing', () => {
  it("shrinks as PyTorch's antialiased interpolation does", () => {
    const expected = [
      0.475528, 0.546775, 0.552613, 0.505146, 0.536489, 0.587989, 0.610079, 0.468723, 0.458082, 0.542928,
      0.349308, 0.571368,
    ];
    const { data } = bicubicResize(image, 3, 4);
    expected.forEach((value, place) => expect(data[place]).toBeCloseTo(value, 5));
  });

  it('grows one way while it shrinks the other', () => {
    const { data } = bicubicResize(image, 7, 3);
    expect(data[0]).toBeCloseTo(0.219463, 5);
    expect(data[9]).toBeCloseTo(0.576888, 5);
    expect(data[20]).toBeCloseTo(0.391669, 5);
  });

  it('leaves an image of the wanted size as it is', () => {
    const same = bicubicResize(image, 6, 7);
    same.data.forEach((value, place) => expect(value).toBeCloseTo(image.data[place], 12));
  });
});
