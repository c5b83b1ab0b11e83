import type { Normalization } from './data-set.js';

/**
 * Mean and standard deviation of each channel, pixels scaled to 0 ... 1. Counted in whole numbers, so that every
 * machine finds the same. A channel without contrast gets the standard deviation 1.
 */
export function measureNormalization(images: Uint8Array, channels: number): Normalization {
  const mean: number[] = [];
  const std: number[] = [];
  for (let channel = 0; channel < channels; channel += 1) {
    const histogram = histogramOf(images, channel, channels);
    let count = 0;
    let sum = 0;
    let squares = 0;
    histogram.forEach((times, value) => {
      count += times;
      sum += times * value;
      squares += times * value * value;
    });
    const average = count === 0 ? 0 : sum / count;
    const variance = count === 0 ? 0 : squares / count - average * average;
    mean.push(average / 255);
    std.push(variance > 0 ? Math.sqrt(variance) / 255 : 1);
  }
  return { mean, std };
}

function histogramOf(images: Uint8Array, channel: number, channels: number): Float64Array {
  const histogram = new Float64Array(256);
  for (let at = channel; at < images.length; at += channels) histogram[images[at]] += 1;
  return histogram;
}
