import { l2Normalize, nativeBackend, tf } from '@lyceum/engine';

/** The bank `[n, D]` with row i of each sample replaced by normalise(share old + (1 - share) new). */
export function updatedBank(
  bank: tf.Tensor2D,
  rows: tf.Tensor2D,
  indices: tf.Tensor1D,
  share: number,
): tf.Tensor {
  const last = lastRows(indices);
  const fresh = last.rows === undefined ? rows : tf.gather(rows, last.rows);
  const mixed = tf.add(tf.mul(tf.gather(bank, last.positions), share), tf.mul(fresh, 1 - share));
  // The JavaScript backend writes into its input, which gradients of this step still read.
  const target = nativeBackend() === undefined ? tf.add<tf.Tensor2D>(bank, 0) : bank;
  return tf.tensorScatterUpdate(target, tf.expandDims(last.positions, 1), l2Normalize(mixed, 1, 1e-12));
}

/**
 * Positions without repetition: where a batch holds a sample twice its last row counts, in every backend. `rows`
 * picks those rows; absent when there is nothing to drop.
 */
export function lastRows(indices: tf.Tensor1D): {
  readonly positions: tf.Tensor1D;
  readonly rows?: tf.Tensor1D;
} {
  const values = indices.dataSync<'int32'>();
  const last = new Map<number, number>();
  values.forEach((position, row) => last.set(position, row));
  if (last.size === values.length) return { positions: indices };
  return {
    positions: tf.tensor1d([...last.keys()], 'int32'),
    rows: tf.tensor1d([...last.values()], 'int32'),
  };
}
