import { tf } from '../tf.js';

/**
 * A map of another size as PyTorch's `interpolate` makes it.
 *
 * - `nearest`: output place `i` is input place `floor(i from / to)`.
 * - `bilinear`: weighted by distance, each place at its centre; what lies outside is the edge.
 * - `bilinear-corners`: the same with the corner places on the corners (`align_corners`).
 */
export type Interpolation = 'nearest' | 'bilinear' | 'bilinear-corners';

/**
 * Resizes `[N, H, W, C]` to `[N, height, width, C]`. One product an axis, so that the gradient is the exact transpose
 * on every backend.
 */
export function resizeMap(
  map: tf.Tensor4D,
  height: number,
  width: number,
  interpolation: Interpolation,
): tf.Tensor4D {
  const [batch, rows, columns, channels] = map.shape;
  if (rows === height && columns === width) return map;
  const byRow = tf.matMul(
    placeWeights(rows, height, interpolation),
    tf.reshape(map, [batch, rows, columns * channels]),
  );
  const byColumn = tf.matMul(
    placeWeights(columns, width, interpolation),
    tf.reshape(byRow, [batch * height, columns, channels]),
  );
  return tf.reshape(byColumn, [batch, height, width, channels]);
}

/** `[1, to, from]`: how much of each input place is in each output place. */
function placeWeights(from: number, to: number, interpolation: Interpolation): tf.Tensor3D {
  const weights = new Float32Array(to * from);
  for (let place = 0; place < to; place += 1) {
    const source = sourcePlace(place, from, to, interpolation);
    const low = Math.floor(source);
    const high = Math.min(low + 1, from - 1);
    weights[place * from + low] += 1 - (source - low);
    weights[place * from + high] += source - low;
  }
  return tf.tensor3d(weights, [1, to, from]);
}

function sourcePlace(place: number, from: number, to: number, interpolation: Interpolation): number {
  if (from === to) return place;
  switch (interpolation) {
    case 'nearest':
      return Math.floor(place * (from / to));
    case 'bilinear':
      return Math.min(Math.max((place + 0.5) * (from / to) - 0.5, 0), from - 1);
    case 'bilinear-corners':
      return to > 1 ? (place * (from - 1)) / (to - 1) : 0;
  }
}
