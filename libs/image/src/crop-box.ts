import type { Box } from './host-image.js';
import { roundHalfToEven } from './round-half-to-even.js';

/** A picture, and which parts of it may be cut out. */
export interface CropRange {
  readonly height: number;
  readonly width: number;
  /** Least and largest share of the picture's area. */
  readonly scale: readonly number[];
  /** Least and largest width over height. */
  readonly ratio: readonly number[];
}

/**
 * A random part of a picture, from uniform numbers in [0, 1) for area, ratio, top and left; none where it does not fit,
 * so that the caller draws again. As torchvision's RandomResizedCrop, without its centre crop to fall back on.
 */
export function cropBox(
  uniforms: readonly number[],
  { height, width, scale, ratio }: CropRange,
): Box | undefined {
  const [ofArea, ofRatio, ofTop, ofLeft] = uniforms;
  const area = width * height * (scale[0] + (scale[1] - scale[0]) * ofArea);
  const [low, high] = ratio.map(Math.log);
  const aspect = Math.exp(low + (high - low) * ofRatio);
  const columns = roundHalfToEven(Math.sqrt(area * aspect));
  const rows = roundHalfToEven(Math.sqrt(area / aspect));
  if (columns < 1 || rows < 1 || columns > width || rows > height) return undefined;
  return [Math.floor(ofTop * (height - rows + 1)), Math.floor(ofLeft * (width - columns + 1)), rows, columns];
}
