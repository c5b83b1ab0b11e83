import { tf } from '@lyceum/engine';
import { squaredDistances } from './pairwise.js';

/** Canonical correlation, or alignment of centred kernels. */
export type SimilarityMetric = 'r2' | 'cka_linear' | 'cka_rbf';

/** Similarities of all pairs of layers, `[L, L]` row-major, of representations `[M, C_l]` of the same M samples. */
export function layerSimilarities(layers: readonly tf.Tensor2D[], metric: SimilarityMetric): Float32Array {
  return tf.tidy(() => {
    const forms = layers.map((layer) =>
      metric === 'r2' ? orthonormalColumns(layer) : unitForm(layer, metric),
    );
    const count = layers.length;
    const pairs = forms.flatMap((one, row) =>
      forms
        .slice(row + 1)
        .map((other, place) => ({ row, column: row + 1 + place, value: alike(one, other, metric) })),
    );
    const similarities = new Float32Array(count * count).fill(1);
    const values = pairs.length === 0 ? [] : tf.stack(pairs.map(({ value }) => value)).dataSync();
    pairs.forEach(({ row, column }, index) => {
      similarities[row * count + column] = values[index];
      similarities[column * count + row] = values[index];
    });
    return similarities;
  });
}

function alike(one: tf.Tensor2D, other: tf.Tensor2D, metric: SimilarityMetric): tf.Scalar {
  if (metric === 'cka_rbf') return tf.sum(tf.mul(one, other));
  const squares = tf.sum<tf.Scalar>(tf.square(tf.matMul(one, other, true, false)));
  return metric === 'r2' ? tf.div(squares, Math.max(1, Math.min(one.shape[1], other.shape[1]))) : squares;
}

/** Such that kernel alignment is a product of two of these: centred columns, or the centred Gram matrix. */
function unitForm(rows: tf.Tensor2D, metric: SimilarityMetric): tf.Tensor2D {
  if (metric === 'cka_rbf') {
    const kernel = centredTwice(radialKernel(rows));
    return tf.div(kernel, tf.maximum(tf.norm(kernel), 1e-30));
  }
  const centred = tf.sub<tf.Tensor2D>(rows, tf.mean(rows, 0, true));
  const length = tf.norm(tf.matMul(centred, centred, true, false));
  return tf.div(centred, tf.sqrt(tf.maximum(length, 1e-30)));
}

/** exp(-|x - y|^2 / (2 m)), m the median of all squared distances, zeros of the diagonal included. */
function radialKernel(rows: tf.Tensor2D): tf.Tensor2D {
  const distances = squaredDistances(rows, 0);
  const sorted = Float32Array.from(distances.dataSync()).sort();
  const half = sorted.length / 2;
  const median = (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
  return tf.exp(tf.div(distances, -2 * Math.max(median, 1e-30)));
}

function centredTwice(kernel: tf.Tensor2D): tf.Tensor2D {
  const means = tf.mean(kernel, 0, true);
  return tf.add(tf.sub(tf.sub(kernel, means), tf.transpose(means)), tf.mean(kernel));
}

/**
 * An orthonormal basis of the columns, not centred: Gram-Schmidt, each column twice, in double precision. Columns that
 * those before them explain, such as dead channels, are left out, where a QR decomposition would give them any direction.
 */
function orthonormalColumns(rows: tf.Tensor2D): tf.Tensor2D {
  const [samples, width] = rows.shape;
  const values = rows.dataSync();
  const basis: Float64Array[] = [];
  for (let column = 0; column < width; column += 1) {
    const rest = Float64Array.from({ length: samples }, (_, row) => values[row * width + column]);
    const length = Math.sqrt(dot(rest, rest));
    for (const direction of [...basis, ...basis]) {
      const share = dot(rest, direction);
      for (let row = 0; row < samples; row += 1) rest[row] -= share * direction[row];
    }
    const left = Math.sqrt(dot(rest, rest));
    if (left > 1e-6 * length) basis.push(rest.map((value) => value / left));
  }
  if (basis.length === 0) return tf.zeros([samples, 1]);
  const columns = Float32Array.from(basis.flatMap((direction) => [...direction]));
  return tf.transpose(tf.tensor2d(columns, [basis.length, samples]));
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index += 1) sum += one[index] * other[index];
  return sum;
}
