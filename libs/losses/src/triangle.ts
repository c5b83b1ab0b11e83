import { tf } from '@lyceum/engine';

/** The upper triangle of symmetric matrices `[N, D, D]`, row by row: `[N, D (D + 1) / 2]`. */
export function packTriangle(matrices: tf.Tensor3D): tf.Tensor2D {
  const [batch, size] = matrices.shape;
  const places: number[] = [];
  for (let row = 0; row < size; row += 1) {
    for (let column = row; column < size; column += 1) places.push(row * size + column);
  }
  return tf.gather(tf.reshape<tf.Rank.R2>(matrices, [batch, size * size]), tf.tensor1d(places, 'int32'), 1);
}

/** The symmetric matrices `[N, size, size]` of packed triangles. */
export function unpackTriangle(packed: tf.Tensor2D, size: number): tf.Tensor3D {
  const places = new Int32Array(size * size);
  for (let row = 0; row < size; row += 1) {
    const start = row * size - (row * (row - 1)) / 2;
    for (let column = row; column < size; column += 1) {
      places[row * size + column] = start + column - row;
      places[column * size + row] = start + column - row;
    }
  }
  const matrices = tf.gather(packed, tf.tensor1d(places, 'int32'), 1);
  return tf.reshape(matrices, [packed.shape[0], size, size]);
}
