import { l2Normalize, meanOfSquares, tf } from '@lyceum/engine';
import type { Shape } from './loss.js';
import { onSharedGrid } from './map-pairs.js';

/** A factor as one row a sample, of unit length: `[N, H W C]`, or `[N, H W]` of a factor without channels. */
export function unitRows(factor: tf.Tensor): tf.Tensor2D {
  return l2Normalize(tf.reshape<tf.Rank.R2>(factor, [factor.shape[0], -1]), 1, 1e-12);
}

/** RepDistiller's form: the mean of powers over channels on the smaller grid of the pair, `[N, H W]` of unit length. */
export function factorAttention(factor: tf.Tensor4D, partner: Shape, power: number): tf.Tensor2D {
  const pooled = onSharedGrid(factor, partner);
  return unitRows(power === 2 ? meanOfSquares(pooled) : tf.mean(tf.pow(pooled, power), 3));
}
