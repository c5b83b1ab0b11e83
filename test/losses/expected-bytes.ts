import { bytesPerSample } from '@lyceum/losses';
import type { Figures, Pair } from './figures-of.js';
import type { WireFormName } from './wire-bytes.js';

/** How many logits a sample `top-k` has where nobody says. */
const usualTopK = 8;

/** Bytes of a key's numbers a sample, by the contract. */
export function expectedBytes({ key }: Figures, { batchSize }: Pair, form: WireFormName): number {
  const sizes = key.map(({ name, shape }) => {
    const sample = shape.slice(1).map((size) => (size === 'N' ? batchSize : size));
    return bytesPerSample({ [name]: sample }) / 4;
  });
  return sizes.reduce((sum, size) => sum + bytesOf(size, form), 0);
}

function bytesOf(size: number, form: WireFormName): number {
  if (form === 'fp32') return 4 * size;
  if (form === 'top-k') return 6 * usualTopK + 4;
  if (form === 'int8') return size === 1 ? 4 : 4 + size;
  return 2 * size;
}
