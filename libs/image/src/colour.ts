import type { HostImage } from './host-image.js';

/** What becomes of a pixel, one value a channel; the array is only lent. */
export type PixelChange = (pixel: readonly number[]) => readonly number[];

/** Applies a change to all pixels. */
export function eachPixel(image: HostImage, change: PixelChange): HostImage {
  const { channels } = image;
  const data = new Float64Array(image.data.length);
  const pixel = new Array<number>(channels).fill(0);
  for (let start = 0; start < data.length; start += channels) {
    for (let channel = 0; channel < channels; channel += 1) pixel[channel] = image.data[start + channel];
    const changed = change(pixel);
    for (let channel = 0; channel < channels; channel += 1) data[start + channel] = changed[channel];
  }
  return { ...image, data };
}

/** Lightness of a pixel as torchvision weighs it; of one channel the value itself. */
export function grayOf(pixel: readonly number[]): number {
  return pixel.length === 3 ? 0.2989 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2] : pixel[0];
}

export function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Names of the jitter's operations, by number. */
export const jitterOperations = ['brightness', 'contrast', 'saturation', 'hue'] as const;

/**
 * One operation of colour jitter, of values in 0..1: brightness v f; contrast and saturation f v + (1 - f) times the
 * mean gray or the pixel's gray; hue plus f of a full turn. Gray images keep saturation and hue.
 */
export function jittered(image: HostImage, operation: number, factor: number): HostImage {
  switch (jitterOperations[operation]) {
    case 'brightness':
      return eachPixel(image, (pixel) => pixel.map((value) => clamp(value * factor)));
    case 'contrast': {
      const mean = meanGray(image);
      return eachPixel(image, (pixel) => pixel.map((value) => clamp(factor * value + (1 - factor) * mean)));
    }
    case 'saturation':
      return eachPixel(image, (pixel) => {
        const gray = grayOf(pixel);
        return pixel.map((value) => clamp(factor * value + (1 - factor) * gray));
      });
    case 'hue':
      return image.channels === 3 ? eachPixel(image, (pixel) => turned(pixel, factor)) : image;
  }
}

function meanGray(image: HostImage): number {
  let sum = 0;
  const pixel = new Array<number>(image.channels).fill(0);
  for (let start = 0; start < image.data.length; start += image.channels) {
    for (let channel = 0; channel < image.channels; channel += 1)
      pixel[channel] = image.data[start + channel];
    sum += grayOf(pixel);
  }
  return sum / (image.height * image.width);
}

/** Adds `turn` to the hue of an RGB pixel, a part of a full turn. */
function turned([red, green, blue]: readonly number[], turn: number): readonly number[] {
  const value = Math.max(red, green, blue);
  const chroma = value - Math.min(red, green, blue);
  const saturation = chroma === 0 ? 0 : chroma / value;
  const sixth = chroma === 0 ? 0 : sixthOf(red, green, blue, value, chroma);
  const hue = (((sixth / 6 + turn) % 1) + 1) % 1;
  const sector = Math.floor(hue * 6);
  const part = hue * 6 - sector;
  const low = clamp(value * (1 - saturation));
  const falling = clamp(value * (1 - saturation * part));
  const rising = clamp(value * (1 - saturation * (1 - part)));
  const sectors = [
    [value, rising, low],
    [falling, value, low],
    [low, value, rising],
    [low, falling, value],
    [rising, low, value],
    [value, low, falling],
  ];
  return sectors[sector % 6];
}

/** Hue in sixths of a turn, possibly below 0. */
function sixthOf(red: number, green: number, blue: number, value: number, chroma: number): number {
  if (value === red) return (green - blue) / chroma;
  if (value === green) return 2 + (blue - red) / chroma;
  return 4 + (red - green) / chroma;
}
