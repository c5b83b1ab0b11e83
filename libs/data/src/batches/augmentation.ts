import { invalidFields, type Violation } from '@lyceum/errors';

/**
 * Random changes of pixels, in this order: padding and crop, flip, cutout, cutmix. The others set pixels to 0 (black)
 * before normalisation, so raw and normalised batches show the same images. For the padding this is what torchvision's
 * RandomCrop on an image does; DeVries and Taylor's cutout (arXiv:1708.04552) sets 0 after normalisation instead.
 */
export interface Augmentation {
  /** Padding on each side before a random crop back to the original size; 0 to 32; 0: none. */
  readonly padCropPixels: number;
  /** Whether half of the samples are mirrored left to right. */
  readonly flip: boolean;
  /** Side of a square around a random pixel that is set to 0, cut off at the border; 0 to 512; 0: none. */
  readonly cutoutPixels: number;
  /**
   * Above 0, a box of each image comes from another one of its batch, the same box in all of them (see `mixBatch`); the
   * share that stays is drawn from Beta(alpha, alpha). 0 to 1; 0 or absent: none. No label is mixed.
   */
  readonly cutmixAlpha?: number | undefined;
  /** Seed of the choices. */
  readonly seed: number;
}

/** Largest padding. */
export const padCropLimit = 32;
/** Largest cutout. */
export const cutoutLimit = 512;

/** Whether samples look the same in every view and batch. */
export function leavesPixels({
  padCropPixels,
  flip,
  cutoutPixels,
  cutmixAlpha = 0,
}: Omit<Augmentation, 'seed'>): boolean {
  return padCropPixels === 0 && !flip && cutoutPixels === 0 && cutmixAlpha === 0;
}

/** Whether what a sample looks like depends on the others of its batch. */
export function isBatchBound({ cutmixAlpha = 0 }: Augmentation): boolean {
  return cutmixAlpha > 0;
}

/** @throws LyceumError INVALID_FIELD `augmentation.<field>` */
export function checkAugmentation({
  padCropPixels,
  cutoutPixels,
  cutmixAlpha = 0,
  seed,
}: Augmentation): void {
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
  if (!(cutmixAlpha >= 0 && cutmixAlpha <= 1)) {
    problems.push({
      field: 'augmentation.cutmixAlpha',
      description: `must be a number from 0 to 1, found ${cutmixAlpha}`,
    });
  }
  if (!Number.isSafeInteger(seed)) {
    problems.push({ field: 'augmentation.seed', description: `must be a whole number, found ${seed}` });
  }
  if (problems.length > 0) throw invalidFields(problems);
}
