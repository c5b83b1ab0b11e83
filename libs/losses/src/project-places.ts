import { tf } from '@lyceum/engine';

/** Each place's vector times a matrix: `[N, H, W, A]` by `[A, B]`, a 1x1 convolution without bias. */
export function projectPlaces(map: tf.Tensor4D, kernel: tf.Tensor2D): tf.Tensor4D {
  const [batch, height, width, channels] = map.shape;
  const product = tf.matMul(tf.reshape<tf.Rank.R2>(map, [-1, channels]), kernel);
  return tf.reshape(product, [batch, height, width, kernel.shape[1]]);
}
