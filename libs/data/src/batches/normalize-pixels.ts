import { LyceumError } from '@lyceum/errors';
import type { Normalization } from '../data-set.js';

const tables = new WeakMap<Normalization, Float32Array>();

/**
 * Normalises raw pixels: `(pixel / 255 - mean) / std` for each channel, every step in single precision as PyTorch
 * does it. `pixels` and `out`: `[..., C]`, flat.
 * @throws LyceumError SHAPE_MISMATCH when the lengths differ or are no multiple of the channels.
 */
export function normalizePixels(
  pixels: Uint8Array,
  normalization: Normalization,
  out: Float32Array = new Float32Array(pixels.length),
): Float32Array {
  const channels = normalization.mean.length;
  if (out.length !== pixels.length || pixels.length % channels !== 0) {
    const text = `pixels: ${pixels.length} values of ${channels} channels do not fit into ${out.length}`;
    throw new LyceumError('SHAPE_MISMATCH', text);
  }
  const table = tables.get(normalization) ?? tableOf(normalization);
  for (let channel = 0; channel < channels; channel += 1) {
    const offset = channel * 256;
    for (let at = channel; at < pixels.length; at += channels) out[at] = table[offset + pixels[at]];
  }
  return out;
}

/** The 256 values of each channel. */
function tableOf(normalization: Normalization): Float32Array {
  const { mean, std } = normalization;
  const table = new Float32Array(256 * mean.length);
  mean.forEach((average, channel) => {
    for (let value = 0; value < 256; value += 1) {
      const centred = Math.fround(Math.fround(value / 255) - Math.fround(average));
      table[channel * 256 + value] = centred / Math.fround(std[channel]);
    }
  });
  tables.set(normalization, table);
  return table;
}
