import { cropBox, cutOut, patchOf, type Box, type HostImage } from '@lyceum/image';
import { createRandom, type Random } from '@lyceum/random';
import type { Shape } from '../data-set.js';

const range = { scale: [1 / 500, 1], ratio: [3 / 4, 4 / 3] } as const;
const turnDegrees = 30;
const jitterStrength = 0.4;
const hueStrength = 0.1;

/**
 * A patch of a picture, by seed and index alone, as the authors of `one-image` make theirs: of a random square of half
 * the shorter side a random part of 1/500 to all of its area, resized to sqrt(2) times the size, turned and sheared by up
 * to 30 degrees each, cut to its centre; half of the patches get their colours jittered.
 * @returns `[H, W, C]`, flat, in 0 ... 1.
 */
export function makePatch(picture: HostImage, shape: Shape, seed: number, index: number): Float64Array {
  const random = createRandom(seed, 'one-image', index);
  const side = Math.max(shape[0], shape[1]);
  const { jittered } = patchOf(picture, {
    box: partOf(picture, random),
    resize: Math.floor(Math.SQRT2 * side),
    crop: side,
    angle: between(-turnDegrees, turnDegrees, random),
    shear: between(-turnDegrees, turnDegrees, random),
    ...jitterOf(random),
  });
  return cutOut(jittered, [(side - shape[0]) >> 1, (side - shape[1]) >> 1, shape[0], shape[1]]).data;
}

function partOf({ height, width }: HostImage, random: Random): Box {
  const side = Math.max(1, Math.floor(Math.min(height, width) / 2));
  const [top, left] = [random.integer(height - side + 1), random.integer(width - side + 1)];
  for (;;) {
    const uniforms = Array.from({ length: 4 }, () => random.uniform());
    const box = cropBox(uniforms, { height: side, width: side, ...range });
    if (box !== undefined) return [top + box[0], left + box[1], box[2], box[3]];
  }
}

function jitterOf(random: Random): {
  readonly order: readonly number[];
  readonly factors: readonly number[];
} {
  if (random.uniform() >= 0.5) return { order: [], factors: [1, 1, 1, 0] };
  const strengths = Array.from({ length: 3 }, () => between(1 - jitterStrength, 1 + jitterStrength, random));
  return {
    factors: [...strengths, between(-hueStrength, hueStrength, random)],
    order: [...random.permutation(4)],
  };
}

function between(low: number, high: number, random: Random): number {
  return low + (high - low) * random.uniform();
}
