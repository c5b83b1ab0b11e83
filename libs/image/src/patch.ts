import { moved, rotationAndShear } from './affine.js';
import { bicubicResize } from './bicubic-resize.js';
import { clamp, jittered } from './colour.js';
import { centreOf, cutOut, type Box, type HostImage } from './host-image.js';

/** How a patch is made from a part of a picture. */
export interface PatchPlan {
  readonly box: Box;
  /** Side after resizing. */
  readonly resize: number;
  /** Side of the patch. */
  readonly crop: number;
  /** Rotation in degrees. */
  readonly angle: number;
  /** Shear along the rows in degrees. */
  readonly shear: number;
  /** Operations of colour jitter, in order, by their numbers; empty: none. */
  readonly order: readonly number[];
  /** Strength of each operation by number. */
  readonly factors: readonly number[];
}

export interface PatchSteps {
  readonly resized: HostImage;
  readonly affine: HostImage;
  readonly cropped: HostImage;
  readonly jittered: HostImage;
}

/**
 * A patch of a picture as Asano and Saeed make it (ICLR 2023, arXiv 2112.00725): the box resized (bicubic, antialiased),
 * rotated and sheared about the centre, the centre of that, its colours jittered. Float values throughout, where the
 * authors round to 8 bits between the steps.
 */
export function patchOf(picture: HostImage, plan: PatchPlan): PatchSteps {
  const { resize, crop, angle, shear, order, factors } = plan;
  const resized = bicubicResize(cutOut(picture, plan.box), resize, resize);
  const affine = moved(resized, rotationAndShear(angle, shear));
  const middle = centreOf(affine, crop);
  const cropped = { ...middle, data: middle.data.map(clamp) };
  const changed = order.reduce<HostImage>(
    (image, operation) => jittered(image, operation, factors[operation]),
    cropped,
  );
  return { resized, affine, cropped, jittered: changed };
}
