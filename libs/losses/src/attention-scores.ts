import { adaptiveAvgPool, globalAvgPool, l2Normalize, meanOfSquares, tf } from '@lyceum/engine';
import type { Shape, TensorMap } from './loss.js';
import { numberedNames } from './slots.js';

/**
 * What attention between taps reads of a teacher's map, for the slots `layer1`, `layer2`, ...: `channelMean<i>` [N, C],
 * the mean over places, and `attention<i>` [N, H W], the mean of squares over channels, of unit length.
 */
export function attentionKeys(taps: TensorMap): TensorMap {
  const entries = numberedNames('layer', Object.keys(taps)).flatMap((name, index) => {
    const map = taps[name] as tf.Tensor4D;
    return [
      [`channelMean${index + 1}`, globalAvgPool(map)],
      [`attention${index + 1}`, unitOnGrid(energyOf(map), map.shape.slice(1))],
    ] as const;
  });
  return Object.fromEntries(entries);
}

/** Mean of squares over channels, `[N, H, W, 1]`. */
export function energyOf(map: tf.Tensor4D): tf.Tensor4D {
  return tf.expandDims(meanOfSquares(map), 3);
}

/** An energy on another grid (adaptive average pooling, also to a larger one), of unit length: `[N, h w]`. */
export function unitOnGrid(energy: tf.Tensor4D, [height, width]: Shape): tf.Tensor2D {
  const pooled = adaptiveAvgPool(energy, height, width);
  return l2Normalize(tf.reshape<tf.Rank.R2>(pooled, [pooled.shape[0], -1]), 1, 1e-12);
}

/** Mean over places of the squared difference of two unit maps: `[N]`. */
export function unitGap(one: tf.Tensor2D, other: tf.Tensor2D): tf.Tensor1D {
  return tf.mean(tf.squaredDifference(one, other), 1);
}

/** Layers of a side in order, `layer1`, `layer2`, ..., as the tensors they are. */
export function layersOf<T>(taps: Readonly<Record<string, T>>): readonly T[] {
  return numberedNames('layer', Object.keys(taps)).map((name) => taps[name]);
}
