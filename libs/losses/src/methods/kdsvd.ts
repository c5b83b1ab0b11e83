import { constantOf, l2Normalize, leadingEigenvectors, safeSqrt, tf } from '@lyceum/engine';
import { defineLoss, onlyKeys } from '../loss.js';
import { checkNeighbours } from '../neighbouring-maps.js';
import { integer } from '../params.js';
import { numberedNames } from '../slots.js';
import { sumOfTerms } from '../sum-of-terms.js';

/** How many more vectors of the student than of the teacher stand for choice. */
const spare = 3;

/**
 * Knowledge distillation by singular value decomposition (Lee, Kim, Song: Self-supervised Knowledge Distillation Using
 * Singular Value Decomposition, ECCV 2018, arXiv 1807.06819). A map's right singular vectors v_1 ... v_k over its
 * channels, X = U S V^T with X [H W, C], weighted by its singular values over their norm; neighbouring maps a, b:
 *
 *     R_cdj = exp(-(v^a_cj - v^b_dj)^2 / 8)
 *     L = sum_pairs 1/N sum_{n,c,d,j} (R^S - R^T)^2
 *
 * As RepDistiller's KDSVD.py: of the student's k + 3 vectors that with the largest |cosine| stands for v_j, turned to
 * point the same way, with the teacher's weight. That code keeps whatever signs its library gives, and L depends on
 * them; here the entries of a teacher's vector have a sum of 0 or more. The key is the weighted vectors: it knows no
 * spatial size. Channels have to be equal, map by map.
 */
export const kdsvd = defineLoss({
  id: 'kdsvd',
  title: 'Singular vectors of neighbouring maps',
  source:
    'Lee, Kim, Song, Self-supervised Knowledge Distillation Using Singular Value Decomposition, ECCV 2018 (arXiv 1807.06819); RepDistiller KDSVD.py',
  equation:
    'L = sum_pairs 1/N sum (R^S - R^T)^2, R_cdj = exp(-(v^a_cj - v^b_dj)^2 / 8), v: right singular vectors times s/|s|',
  params: { k: integer({ default: 1, min: 1, max: 64, doc: 'singular vectors of a map' }) },
  student: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps' }],
  teacher: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps' }],
  keySources: ['teacher'],
  check: (setting) => checkNeighbours(setting, 'vectors over channels compare only when they are equal'),
  key: (taps, { params }) =>
    Object.fromEntries(Object.entries(taps).map(([name, map]) => [name, weightedVectors(map, params.k)])),
  value: ({ student, keys, params }) => {
    const teacher = onlyKeys(keys);
    const layers = numberedNames('layer', Object.keys(student));
    const mine = layers.map((name) => aligned(student[name], teacher[name] as tf.Tensor3D, params.k));
    const terms = layers.slice(1).map((name, index): [string, tf.Scalar] => {
      const theirs = kernel(teacher[layers[index]], teacher[name]);
      const gaps = tf.squaredDifference(kernel(mine[index], mine[index + 1]), theirs);
      return [`pair${index + 1}`, tf.div<tf.Scalar>(tf.sum(gaps), mine[index].shape[0])];
    });
    return sumOfTerms(terms);
  },
});

/** Right singular vectors of a map `[N, H, W, C]`: `[N, C, count]`, fewer where the map has fewer, largest first. */
function singularVectors(map: tf.Tensor, count: number): { vectors: tf.Tensor3D; places: tf.Tensor3D } {
  const places = tf.reshape<tf.Rank.R3>(map, [map.shape[0], -1, map.shape[map.rank - 1]]);
  const most = Math.min(count, places.shape[1], places.shape[2]);
  return { vectors: leadingEigenvectors(tf.matMul(places, places, true, false), most), places };
}

/** The key: vectors whose entries sum to 0 or more, times their singular values over these values' norm. */
function weightedVectors(map: tf.Tensor, count: number): tf.Tensor3D {
  const { vectors, places } = singularVectors(map, count);
  const isDown = tf.cast(tf.less(tf.sum(vectors, 1, true), 0), 'float32');
  const up = tf.mul<tf.Tensor3D>(vectors, tf.sub(1, tf.mul(2, isDown)));
  const values = safeSqrt(tf.sum(tf.square(tf.matMul(places, vectors)), 1, true));
  return tf.mul(up, l2Normalize(values, 2, 1e-12));
}

/** The student's vectors that are most like the teacher's, turned their way and with their weights: `[N, C, k]`. */
function aligned(map: tf.Tensor, teacher: tf.Tensor3D, count: number): tf.Tensor3D {
  const { vectors } = singularVectors(map, count + spare);
  // The choice is made with vectors times weights: a positive factor a column changes neither it nor the sign.
  const choice = constantOf(vectors, (mine) => {
    const cosine = tf.matMul(mine, teacher, true, false);
    const isMost = tf.equal(tf.abs(cosine), tf.max(tf.abs(cosine), 1, true));
    return tf.mul<tf.Tensor3D>(tf.cast(isMost, 'float32'), tf.sign(cosine));
  });
  const weights = safeSqrt(tf.sum(tf.square(teacher), 1, true));
  return tf.mul(tf.matMul(vectors, choice), weights);
}

/** R of two neighbouring maps: `[N, C, D, k]`. */
function kernel(one: tf.Tensor, next: tf.Tensor): tf.Tensor {
  const gaps = tf.sub(tf.expandDims(next, 2), tf.expandDims(one, 1));
  return tf.exp(tf.div(tf.square(gaps), -8));
}
