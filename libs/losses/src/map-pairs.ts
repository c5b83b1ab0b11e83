import { adaptiveAvgPool, type tf } from '@lyceum/engine';
import type { Shape } from './loss.js';

/** Rows and columns of a map. */
export type Grid = readonly [height: number, width: number];

/** The grid on which two maps are compared: the smaller of their heights by the smaller of their widths. */
export function sharedGrid(one: Shape, other: Shape): Grid {
  return [Math.min(one[0], other[0]), Math.min(one[1], other[1])];
}

/**
 * A map on the grid that it shares with its partner: the larger of a pair is average-pooled, adaptively, as
 * PyTorch does. Each side knows the other's shape, so both halves of a loss can do their own part.
 *
 * @param map `[N, H, W, C]`.
 * @param partner shape `[H', W', ...]` of the other side's map.
 */
export function onSharedGrid(map: tf.Tensor4D, partner: Shape): tf.Tensor4D {
  const [, height, width] = map.shape;
  return adaptiveAvgPool(map, ...sharedGrid([height, width], partner));
}
