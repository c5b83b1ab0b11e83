import { l2Normalize, tf } from '@lyceum/engine';

/** Rows of unit length: divided by max(length, 1e-12). */
export function unitRows(rows: tf.Tensor): tf.Tensor2D {
  return l2Normalize(rows as tf.Tensor2D, 1, 1e-12);
}

/** Mean over the batch of (1 - cosine)^2, of rows with rows of unit length. */
export function squaredAngle(rows: tf.Tensor, unit: tf.Tensor): tf.Scalar {
  return tf.mean(tf.square(tf.sub(1, tf.sum(tf.mul(unitRows(rows), unit), 1))));
}

/** Each place's vector over sqrt(|x|^2 + 1e-6), so that dead places have bounded gradients: `[N, H, W, C]`. */
export function directions(map: tf.Tensor4D): tf.Tensor4D {
  const squares = tf.sum(tf.square(map), 3, true);
  return tf.div(map, tf.sqrt(tf.add(squares, 1e-6)));
}

/** Each place's share of the map's energy, the mean of squares over channels: `[N, H, W]`; 0 on a map of zeros. */
export function energyShares(map: tf.Tensor4D): tf.Tensor3D {
  const energy = tf.mean<tf.Tensor3D>(tf.square(map), 3);
  const total = tf.sum(energy, [1, 2], true);
  const isZero = tf.cast(tf.equal(total, 0), 'float32');
  return tf.div(energy, tf.add(total, isZero));
}

/** Mean over the batch of sum_p share_p (1 - cosine_p)^2, of two maps of directions `[N, H, W, C]`. */
export function attentiveAngle(one: tf.Tensor, other: tf.Tensor, shares: tf.Tensor): tf.Scalar {
  const gaps = tf.square(tf.sub(1, tf.sum(tf.mul(one, other), 3)));
  return tf.mean(tf.sum(tf.mul(shares, gaps), [1, 2]));
}
