import { safeSqrt, tf } from '@lyceum/engine';
import { constantOf } from '../constant-of.js';
import { boolean, integer, number } from '../params.js';
import { defineOperator } from './operator.js';

/**
 * Representative vectors and their maps (Gomez et al.: BR-NPA, 2022, arXiv 2106.02566), attention without parameters.
 * f_p: the feature of place p of a map after ReLU. The score of a place starts as its norm; then, K times:
 *
 *     norm_p = |f_p| + eps,   r = argmax score (first on ties),   sim_p = <f_p, f_r> / (norm_p norm_r)
 *     m_p = sim_p / sum_q sim_q,   v = sum_p m_p f_p  (f_r without refinement),   score_p *= 1 - sim_p
 *
 * The choice of r is constant, f_r is not. At a place of zeros the authors' gradient is NaN, here it is that of a norm
 * with slope 0; a map of zeros alone has weights 0. The classifier reads the K vectors side by side.
 */
export const brNpaOperator = defineOperator({
  id: 'br-npa',
  title: 'Representative vectors and their maps (BR-NPA)',
  source:
    "Gomez, Ling, Freour, Mouchere, BR-NPA, Pattern Recognition 2022 (arXiv 2106.02566); the authors' modelBuilder.py",
  rule: 'K times: r = argmax score, m = sim(f, f_r) / sum sim, v = sum m f, score *= 1 - sim; score starts as |f| + eps',
  params: {
    vectors: integer({ default: 3, min: 1, doc: 'K, how many vectors and maps' }),
    refine: boolean({
      default: true,
      doc: 'whether a vector is the weighted mean, or its strongest place alone',
    }),
    eps: number({ default: 1e-5, min: 0, exclusiveMin: true, doc: 'added to every norm' }),
  },
  inputs: [{ name: 'student.layer1', doc: '[N, H, W, C], after ReLU' }],
  outputs: [
    { name: 'vectors', doc: '[N, K, C]' },
    { name: 'maps', doc: '[N, H, W, K], each sums to 1' },
    { name: 'index', doc: 'int32 [N, K], the chosen places, row by row' },
  ],
  vectors: { file: 'br-npa' },
  run: ({ params, inputs }) => {
    const map = inputs['student.layer1'] as tf.Tensor4D;
    const [batch, height, width, channels] = map.shape;
    const features = tf.reshape<tf.Rank.R3>(map, [batch, height * width, channels]);
    const norms = tf.add<tf.Tensor3D>(safeSqrt(tf.sum(tf.square(features), 2, true)), params.eps);
    const found: Representative[] = [];
    let score = norms;
    for (let count = 0; count < params.vectors; count += 1) {
      const next = representative(features, norms, score, params.refine);
      found.push(next);
      score = tf.mul(score, tf.sub(1, next.similarity));
    }
    const maps = tf.concat(
      found.map(({ weights }) => weights),
      2,
    );
    return {
      vectors: tf.stack(
        found.map(({ vector }) => vector),
        1,
      ),
      maps: tf.reshape(maps, [batch, height, width, params.vectors]),
      index: tf.stack(
        found.map(({ index }) => index),
        1,
      ),
    };
  },
});

interface Representative {
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
): Representative {
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
