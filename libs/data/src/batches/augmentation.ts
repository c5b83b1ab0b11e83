import { invalidFields, type Violation } from '@lyceum/errors';

/**
 * Random changes of pixels, in this order: padding and crop, flip, cutout. All three set pixels to 0 (black) before
 * normalisation, so raw and normalised batches show the same images. For the padding this is what torchvision's
 * RandomCrop on an image does; DeVries and Taylor's cutout (arXiv:1708.04552) sets 0 after normalisation instead.
 */
export interface Augmentation {
  /** Padding on each side before a random crop back to the original size; 0 to 32; 0: none. */
  readonly padCropPixels: number;
  /** Whether half of the samples are mirrored left to right. */
  readonly flip: boolean;
  /** Side of a square around a random pixel that is set to 0, cut off at the border; 0 to 512; 0: none. */
  readonly cutoutPixels: number;
  /** Seed of the choices. */
  readonly seed: number;
}

/** Largest padding. */
export const padCropLimit = 32;
/** Largest cutout. */
export const cutoutLimit = 512;

/** @throws LyceumError INVALID_FIELD `augmentation.<field>` */
export function checkAugmentation({ padCropPixels, cutoutPixels, seed }: Augmentation): void {
  const problems: Violation[] = [];
  const check = (field: string, value: number, limit: number) => {
    if (Number.isInteger(value) && value >= 0 && value <= limit) return;
    problems.push({
      field: `augmentation.${field}`,
      description: `must be a whole number from 0 to ${limit}, found ${value}`,
    });
  };
  check('padCropPixels', padCropPixels, padCropLimit);
  check('cutoutPixels', cutoutPixels, cutoutLimit);
  if (!Number.isSafeInteger(seed)) {
    problems.push({ field: 'augmentation.seed', description: `must be a whole number, found ${seed}` });
  }
  if (problems.length > 0) throw invalidFields(problems);
}
