import { cutmixBox, type CutmixBox } from '@lyceum/image';
import { createRandom, type Random } from '@lyceum/random';

/** Names a batch: which samples, in which view, under which seed. */
export interface MixedBatch {
  readonly seed: number;
  readonly view: number;
  readonly indices: ArrayLike<number>;
}

/**
 * The box of a batch's cutmix, from its name alone: lambda from Beta(alpha, alpha), the centre anywhere in the image.
 * Yun et al., CutMix, arXiv 1905.04899, with one box for the whole batch.
 */
export function boxOfBatch(
  { seed, view, indices }: MixedBatch,
  alpha: number,
  height: number,
  width: number,
): CutmixBox {
  const random = createRandom(seed, 'cutmix', view, Array.from(indices).join(' '));
  const lambda = betaOf(alpha, random);
  return cutmixBox({ lambda, row: random.integer(height), column: random.integer(width) }, height, width);
}

/**
 * Gives each image of a batch the box of its partner, the image at the same place from the end: partners trade.
 * @param pixels `[N, H, W, C]`, flat.
 */
export function mixBatch(
  pixels: Uint8Array,
  [top, bottom, left, right]: CutmixBox,
  [height, width, channels]: readonly [number, number, number],
): void {
  const size = height * width * channels;
  const length = (right - left) * channels;
  for (let n = 0, partner = pixels.length / size - 1; n < partner; n += 1, partner -= 1) {
    for (let y = top; y < bottom; y += 1) {
      const offset = (y * width + left) * channels;
      const own = pixels.slice(n * size + offset, n * size + offset + length);
      pixels.copyWithin(n * size + offset, partner * size + offset, partner * size + offset + length);
      pixels.set(own, partner * size + offset);
    }
  }
}

/** A draw from Beta(alpha, alpha) for alpha up to 1, by Joehnk's method. */
function betaOf(alpha: number, random: Random): number {
  for (;;) {
    const [u, v] = [random.uniform(), random.uniform()];
    const [x, y] = [u ** (1 / alpha), v ** (1 / alpha)];
    // Both too small to be told from 0: the larger one is all there is.
    if (x + y === 0) return u > v ? 1 : 0;
    if (x + y <= 1) return x / (x + y);
  }
}
