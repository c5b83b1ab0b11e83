import { invalidField } from '@lyceum/errors';
import type { LoadedData, Shape } from './data-set.js';

/**
 * The same data seen smaller: `fillBatch` augments the samples as they are, then scales them by area, so that views of
 * any size show the same crop. At their full side it is the data itself.
 * @param pixels The longer side of the images; undefined or 0: as they are.
 * @throws LyceumError INVALID_FIELD `viewPixels`
 */
export function viewedAt(data: LoadedData, pixels: number | undefined): LoadedData {
  const stored = data.storedShape ?? data.shape;
  const longer = Math.max(stored[0], stored[1]);
  const side = pixels || longer;
  if (!Number.isSafeInteger(side) || side < 1 || side > longer) {
    const description = `must be a whole number up to the side of the images, ${longer}; found ${side}`;
    throw invalidField('viewPixels', description);
  }
  if (side === longer) return data.storedShape === undefined ? data : whole(data);
  const [height, width] = [stored[0], stored[1]].map((size) =>
    Math.max(1, Math.round((size * side) / longer)),
  );
  const shape: Shape = [height, width, stored[2]];
  return { ...data, shape, sampleSize: sizeOf(shape), storedShape: stored };
}

/** What a view is a view of. */
function whole({ storedShape, ...data }: LoadedData): LoadedData {
  const shape = storedShape ?? data.shape;
  return { ...data, shape, sampleSize: sizeOf(shape) };
}

const sizeOf = ([height, width, channels]: Shape): number => height * width * channels;
