import { tf } from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';

/** Each sample as one row: `[N, ...]` becomes `[N, D]`. */
export function asRows(x: tf.Tensor): tf.Tensor2D {
  return tf.reshape(x, [x.shape[0], -1]);
}

/** Inner products of all pairs of rows, `[N, N]`. */
export function gram(rows: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(rows, rows, false, true);
}

/** `[N, N]`: 1 for a pair of different samples, 0 on the diagonal. */
export function otherSamples(count: number): tf.Tensor2D {
  return tf.sub(1, tf.eye(count));
}

/** Differences e_j - e_i of all pairs, `[N, N, D]`: exact for close rows, at the price of N^2 D numbers. */
export function pairDifferences(rows: tf.Tensor2D): tf.Tensor3D {
  return tf.sub(tf.expandDims(rows, 0), tf.expandDims(rows, 1));
}

/**
 * Squared distances of all pairs from inner products, `[N, N]`: no N^2 D numbers, but close rows lose digits. Rows
 * are centred first, which saves some. At least `floor` (gradient 0 below it), and exactly 0 on the diagonal.
 */
export function squaredDistances(rows: tf.Tensor2D, floor: number): tf.Tensor2D {
  const centred = tf.sub<tf.Tensor2D>(rows, tf.mean(rows, 0, true));
  const squares = tf.sum(tf.square(centred), 1, true);
  const sums = tf.add(squares, tf.transpose(squares));
  const distances = tf.maximum(tf.sub(sums, tf.mul(gram(centred), 2)), floor);
  return tf.mul(distances, otherSamples(rows.shape[0]));
}

/** Numbers not below 0 over their largest; equal largest ones share its gradient. All 0 stays 0. */
export function shareOfLargest<T extends tf.Tensor>(x: T): T {
  return tf.div(x, tf.maximum(largestOf(x), 1e-12));
}

/** The largest number. The engine's own gradient gives each of several largest ones all of it. */
function largestOf(x: tf.Tensor): tf.Scalar {
  const largest = tf.customGrad((input, save) => {
    const value = tf.max(input as tf.Tensor);
    (save as tf.GradSaveFunc)([input as tf.Tensor, value]);
    return {
      value,
      gradFunc: (dy, [numbers, most]) => {
        const isLargest = tf.cast(tf.equal(numbers, most), 'float32');
        return tf.mul(isLargest, tf.div(dy, tf.sum(isLargest)));
      },
    };
  });
  return largest(x) as tf.Scalar;
}

/**
 * A key that belongs to the batch as a whole, when it is one of the student's batch.
 * @throws LyceumError SHAPE_MISMATCH naming `field`.
 */
export function keyOfBatch<T extends tf.Tensor>(key: tf.Tensor, student: T, field: string): T {
  if (key.shape.join() === student.shape.join()) return key as T;
  const description =
    `belongs to a batch of another size: must have shape [${student.shape.join(', ')}], ` +
    `found [${key.shape.join(', ')}]; compute the key over exactly the student's batch`;
  throw new LyceumError('SHAPE_MISMATCH', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}
