import { tf } from '../tf.js';
import { constantOf } from './constant-of.js';
import { safeSqrt } from './safe-sqrt.js';

export interface RepresentativesOptions {
  /** K, how many vectors and maps. */
  readonly count: number;
  /** Whether a vector is the mean weighted by its map (the default), or its strongest place alone. */
  readonly refine?: boolean;
  /** Added to every norm; default 1e-5. */
  readonly eps?: number;
}

export interface Representatives {
  /** `[N, K, C]`. */
  readonly vectors: tf.Tensor3D;
  /** `[N, H, W, K]`, each sums to 1 over its places; 0 everywhere for a map of zeros. */
  readonly maps: tf.Tensor4D;
  /** int32 `[N, K]`, the chosen places, row by row. */
  readonly index: tf.Tensor2D;
}

/**
 * Representative vectors of a map after ReLU `[N, H, W, C]`, and where each is found (Gomez et al.: BR-NPA, 2022, arXiv
 * 2106.02566). f_p: the feature of place p. The score of a place starts as its norm; then, K times:
 *
 *     norm_p = |f_p| + eps,   r = argmax score (first on ties),   sim_p = <f_p, f_r> / (norm_p norm_r)
 *     m_p = sim_p / sum_q sim_q,   v = sum_p m_p f_p  (f_r without refinement),   score_p *= 1 - sim_p
 *
 * The choice of r is constant, f_r is not. At a place of zeros the authors' gradient is NaN, here it is that of a norm
 * with slope 0.
 */
export function representatives(
  map: tf.Tensor4D,
  { count, refine = true, eps = 1e-5 }: RepresentativesOptions,
): Representatives {
  const [batch, height, width, channels] = map.shape;
  const features = tf.reshape<tf.Rank.R3>(map, [batch, height * width, channels]);
  const norms = tf.add<tf.Tensor3D>(safeSqrt(tf.sum(tf.square(features), 2, true)), eps);
  const found: Round[] = [];
  let score = norms;
  for (let round = 0; round < count; round += 1) {
    const next = representative(features, norms, score, refine);
    found.push(next);
    if (round + 1 < count) score = tf.mul(score, tf.sub(1, next.similarity));
  }
  const maps = found.map(({ weights }) => weights);
  const vectors = found.map(({ vector }) => vector);
  const index = found.map((round) => round.index);
  return {
    vectors: tf.stack(vectors, 1) as tf.Tensor3D,
    maps: tf.reshape(tf.concat(maps, 2), [batch, height, width, count]),
    index: tf.stack(index, 1) as tf.Tensor2D,
  };
}

interface Round {
  /** `[N, C]`. */
  readonly vector: tf.Tensor2D;
  /** `[N, H W, 1]`, also `similarity`. */
  readonly weights: tf.Tensor3D;
  readonly similarity: tf.Tensor3D;
  /** int32 `[N]`. */
  readonly index: tf.Tensor1D;
}

/** One round, on features `[N, H W, C]` with norms and scores `[N, H W, 1]`. */
function representative(
  features: tf.Tensor3D,
  norms: tf.Tensor3D,
  score: tf.Tensor3D,
  refine: boolean,
): Round {
  const chosen = constantOf(score, firstLargest);
  const seed = tf.sum(tf.mul(features, chosen), 1, true);
  const seedNorm = tf.sum(tf.mul(norms, chosen), 1, true);
  const products = tf.sum(tf.mul(features, seed), 2, true);
  const similarity = tf.div<tf.Tensor3D>(products, tf.mul(norms, seedNorm));
  const total = tf.sum(similarity, 1, true);
  const isZero = constantOf(total, (sums) => tf.cast(tf.equal(sums, 0), 'float32'));
  const weights = tf.div<tf.Tensor3D>(similarity, tf.add(total, isZero));
  const vector = refine ? tf.sum(tf.mul(features, weights), 1) : tf.squeeze(seed, [1]);
  const index = tf.squeeze<tf.Tensor1D>(tf.argMax(chosen, 1), [1]);
  return { vector: vector as tf.Tensor2D, weights, similarity, index };
}

/** 1 at the largest of `[N, P, 1]` in each row, the first on ties, 0 elsewhere. */
function firstLargest(score: tf.Tensor): tf.Tensor {
  const [batch, count] = score.shape as [number, number, number];
  const places = tf.tile(tf.reshape(tf.range(0, count, 1, 'float32'), [1, count, 1]), [batch, 1, 1]);
  const isLargest = tf.equal(score, tf.max(score, 1, true));
  const first = tf.min(tf.where(isLargest, places, tf.fill(score.shape, count)), 1, true);
  return tf.cast(tf.equal(places, first), 'float32');
}
