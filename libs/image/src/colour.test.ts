import { describe, expect, it } from 'vitest';
import { jittered } from './colour.js';
import { buildImage, type HostImage } from './host-image.js';

const pixelOf = (...values: readonly number[]): HostImage =>
  buildImage(1, 1, values.length, (_row, _column, channel) => values[channel]);
const after = (image: HostImage, operation: number, factor: number): number[] =>
  Array.from(jittered(image, operation, factor).data);

describe('colour jitter', () => {
  it('turns the hue round the circle: red, green, blue, red', () => {
    const third = 1 / 3;
    const green = after(pixelOf(1, 0, 0), 3, third);
    [0, 1, 0].forEach((value, channel) => expect(green[channel]).toBeCloseTo(value, 12));
    const blue = after(pixelOf(1, 0, 0), 3, -third);
    [0, 0, 1].forEach((value, channel) => expect(blue[channel]).toBeCloseTo(value, 12));
  });

  it('changes nothing at factors 1, 1, 1 and 0', () => {
    const image = buildImage(2, 3, 3, (row, column, channel) => (row + 2 * column + 3 * channel) / 12);
    [1, 1, 1, 0].forEach((factor, operation) =>
      jittered(image, operation, factor).data.forEach((value, place) =>
        expect(value).toBeCloseTo(image.data[place], 12),
      ),
    );
  });

  it('keeps values in 0..1, gray pixels gray, and one channel as it is under saturation and hue', () => {
    expect(after(pixelOf(0.9), 0, 2)).toEqual([1]);
    expect(after(pixelOf(0.25), 2, 3)).toEqual([0.25]);
    expect(after(pixelOf(0.25), 3, 0.4)).toEqual([0.25]);
    expect(after(pixelOf(0.5, 0.5, 0.5), 3, 0.4)).toEqual([0.5, 0.5, 0.5]);
    expect(after(pixelOf(0, 0, 0), 3, 0.4)).toEqual([0, 0, 0]);
  });
});
