import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { nativeBackend } from '../backends/native-backend.js';
import { tf } from '../tf.js';
import { defineNative } from './native-operation.js';
import { flag, floatType } from './raw-attributes.js';

/** Eigenvalues that are nearer to each other than this share of the largest count as equal. */
const equalShare = 1e-6;

/**
 * The eigenvectors of the largest eigenvalues of symmetric matrices `[N, C, C]`, as columns `[N, C, count]` of length 1,
 * largest first, their signs arbitrary. With A = V diag(lambda) V^T the gradient is
 *
 *     dA = V (F o (V^T dV)) V^T,   F_ij = 1 / (lambda_j - lambda_i), 0 where the two count as equal
 *
 * There the vectors are no function of the matrix, so that no gradient is right, and this one is finite.
 */
export function leadingEigenvectors(matrix: tf.Tensor3D, count: number): tf.Tensor3D {
  const leading = tf.customGrad((input, save) => {
    const { values, vectors } = decompose(input as tf.Tensor3D);
    (save as tf.GradSaveFunc)([values, vectors]);
    return {
      value: tf.slice(vectors, [0, 0, 0], [-1, -1, count]),
      gradFunc: (dy, [values, vectors]) => {
        const found = tf.slice(vectors, [0, 0, 0], [-1, -1, count]);
        const turned = tf.matMul(vectors, dy, true, false);
        const change = tf.mul<tf.Tensor3D>(inverseGaps(values as tf.Tensor2D, count), turned);
        return tf.matMul(tf.matMul(vectors as tf.Tensor3D, change), found, false, true);
      },
    };
  });
  return leading(matrix) as tf.Tensor3D;
}

/** F, `[N, C, count]`. */
function inverseGaps(values: tf.Tensor2D, count: number): tf.Tensor3D {
  const [batch, size] = values.shape;
  const ofColumns = tf.reshape(tf.slice(values, [0, 0], [-1, count]), [batch, 1, count]);
  const gaps = tf.sub(ofColumns, tf.reshape(values, [batch, size, 1]));
  const least = tf.mul(tf.max(tf.abs(values), 1, true), equalShare);
  const isApart = tf.greater(tf.abs(gaps), tf.reshape(least, [batch, 1, 1]));
  const divisors = tf.where(isApart, gaps, tf.onesLike(gaps));
  return tf.div(tf.cast(isApart, 'float32'), divisors);
}

interface Decomposition {
  /** `[N, C]`, largest first. */
  readonly values: tf.Tensor2D;
  /** `[N, C, C]`, columns in the order of the values. */
  readonly vectors: tf.Tensor3D;
}

function decompose(matrix: tf.Tensor3D): Decomposition {
  if (nativeBackend() === undefined) return decomposeHere(matrix);
  const [values, vectors] = nativeDecompose({ matrix }, {});
  return { values: tf.reverse(values as tf.Tensor2D, 1), vectors: tf.reverse(vectors as tf.Tensor3D, 2) };
}

/** Smallest first. */
const nativeDecompose = defineNative({
  name: 'LyceumSymmetricEigen',
  inputs: ['matrix'],
  run: (backend, { matrix }) =>
    backend.executeMultipleOutputs(
      'SelfAdjointEigV2',
      [flag(backend, 'compute_v', true), floatType(backend)],
      [matrix],
      2,
    ),
});

function decomposeHere(matrix: tf.Tensor3D): Decomposition {
  const [batch, size] = matrix.shape;
  const numbers = matrix.dataSync();
  const values = new Float32Array(batch * size);
  const vectors = new Float32Array(batch * size * size);
  for (let sample = 0; sample < batch; sample += 1) {
    const offset = sample * size * size;
    const rows = Matrix.from1DArray(size, size, numbers.subarray(offset, offset + size * size));
    const found = new EigenvalueDecomposition(rows, { assumeSymmetric: true });
    const order = found.realEigenvalues.map((_, place) => place);
    order.sort((a, b) => found.realEigenvalues[b] - found.realEigenvalues[a]);
    order.forEach((from, to) => {
      values[sample * size + to] = found.realEigenvalues[from];
      const column = found.eigenvectorMatrix.getColumn(from);
      column.forEach((value, row) => (vectors[offset + row * size + to] = value));
    });
  }
  return { values: tf.tensor2d(values, [batch, size]), vectors: tf.tensor3d(vectors, [batch, size, size]) };
}
