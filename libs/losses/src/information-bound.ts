import { tf } from '@lyceum/engine';
import { otherSamples } from './pairwise.js';

/** Two parts of a negated bound, each a mean; their sum is the loss. */
export type BoundTerms = Readonly<Record<'positive' | 'negative', tf.Scalar>>;

/**
 * The negated Jensen-Shannon bound on mutual information: mean softplus(-positive) + mean softplus(negative).
 * @param shift subtracts log 2 of each part, as Deep InfoMax does: the value then starts near 0.
 */
export function jensenShannon(positive: tf.Tensor, negative: tf.Tensor, shift: boolean): BoundTerms {
  const moved = (cost: tf.Tensor): tf.Scalar => tf.sub(tf.mean(cost), shift ? Math.LN2 : 0);
  return { positive: moved(tf.softplus(tf.neg(positive))), negative: moved(tf.softplus(negative)) };
}

/**
 * Deep InfoMax: the Jensen-Shannon bound with all other samples of the batch as negatives.
 * @param scores `[M, N, L]`: teacher vector m against place l of the student's sample n.
 */
export function jensenShannonOfAll(scores: tf.Tensor3D): BoundTerms {
  const [batch, , places] = scores.shape;
  const others = tf.expandDims(otherSamples(batch), 2);
  const own = tf.sub(1, others);
  const mean = (costs: tf.Tensor, of: tf.Tensor, pairs: number): tf.Scalar =>
    tf.sub(tf.div(tf.sum(tf.mul(costs, of)), Math.max(pairs, 1) * places), Math.LN2);
  return {
    positive: mean(tf.softplus(tf.neg(scores)), own, batch),
    negative: mean(tf.softplus(scores), others, batch * (batch - 1)),
  };
}

/**
 * Deep InfoMax: the negated InfoNCE bound. Each positive score stands against those of its teacher vector with every
 * place of the other samples; the places of its own sample count as scores of -10, as in the authors' code.
 * @param scores `[M, N, L]`, as above.
 */
export function infoNce(scores: tf.Tensor3D): tf.Scalar {
  const [batch] = scores.shape;
  const others = tf.expandDims(otherSamples(batch), 2);
  const own = tf.sub(1, others);
  const masked = tf.sub(tf.mul(scores, others), tf.mul(own, 10));
  const rivals = tf.logSumExp(tf.reshape(masked, [batch, -1]), 1, true);
  const positive = tf.sum(tf.mul(scores, own), 1);
  return tf.mean(tf.softplus(tf.sub(rivals, positive)));
}

/** Inner products of each of `[M, C]` with each place of `[N, H, W, C]`: `[M, N, H W]`. */
export function innerProducts(vectors: tf.Tensor2D, map: tf.Tensor4D): tf.Tensor3D {
  const [batch, height, width, channels] = map.shape;
  const places = tf.reshape<tf.Rank.R2>(map, [-1, channels]);
  return tf.reshape(tf.matMul(vectors, places, false, true), [vectors.shape[0], batch, height * width]);
}
