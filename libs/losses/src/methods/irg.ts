import { adaptiveAvgPool, tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type TensorMap } from '../loss.js';
import { asRows, keyOfBatch, shareOfLargest, squaredDistances } from '../pairwise.js';
import { number } from '../params.js';
import { numberedNames } from '../slots.js';
import { weightedSum } from '../soft-labels.js';

/**
 * Instance relationship graph (Liu, Cao, Li, Yuan, Hu, Li, Duan: Knowledge Distillation via Instance Relationship
 * Graph, CVPR 2019). Samples are vertices; edges and their change from layer to layer are distances over the batch's
 * largest:
 *
 *     E(x)_ij = ||x_i - x_j||^2 / max_kl ||x_k - x_l||^2,   D(x, y)_i = ||x_i - y_i||^2 / max_k ||x_k - y_k||^2
 *     vertex = mse(logits),   edge = mean over maps and embedding of mse(E),   transformation = mean over
 *     neighbouring maps of mse(D(map, next map))
 *     L = vertexWeight vertex + edgeWeight edge + transformationWeight transformation       mse: teacher and student
 *
 * As KD-Zoo irg.py with its last two maps (distances at least 1e-12, diagonal 0); any number of maps here. For D both
 * maps are average-pooled to the smaller grid and the smaller width (zoo: next map of twice the width). The key is the
 * logits and E and D of the teacher: it belongs to one batch.
 */
export const irg = defineLoss({
  id: 'irg',
  title: 'Instance relationship graph',
  source:
    'Liu et al., Knowledge Distillation via Instance Relationship Graph, CVPR 2019; KD-Zoo irg.py (the official code is Caffe)',
  equation:
    'L = vertexWeight mse(z) + edgeWeight mean mse(E) + transformationWeight mean mse(D), E, D: squared distances over their largest',
  params: {
    vertexWeight: number({ default: 0.1, min: 0, doc: 'weight of the logits' }),
    edgeWeight: number({ default: 5, min: 0, doc: 'weight of the distances between samples' }),
    transformationWeight: number({
      default: 5,
      min: 0,
      doc: 'weight of the change between neighbouring maps',
    }),
  },
  student: [
    { name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps' },
    { name: 'embed', kind: 'embedding', defaultTaps: 'pooled' },
    { name: 'logits', kind: 'logits', defaultTaps: 'logits' },
  ],
  teacher: [
    { name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps' },
    { name: 'embed', kind: 'embedding', defaultTaps: 'pooled' },
    { name: 'logits', kind: 'logits', defaultTaps: 'logits' },
  ],
  keySources: ['teacher', 'peer'],
  keyIsPerBatch: true,
  key: (taps) => graphOf(taps),
  value: ({ params, student, keys }) => {
    const teacher = onlyKeys(keys);
    const mine = graphOf(student);
    const meanError = (kind: string): tf.Scalar => {
      const names = Object.keys(mine).filter((name) => name.endsWith(kind));
      const errors = names.map((name) =>
        tf.mean<tf.Scalar>(
          tf.squaredDifference(mine[name], keyOfBatch(teacher[name], mine[name], `keys.${name}`)),
        ),
      );
      return tf.div<tf.Scalar>(tf.addN<tf.Scalar>([tf.scalar(0), ...errors]), Math.max(1, errors.length));
    };
    const [vertex, edge, transformation] = ['logits', '.edges', '.change'].map(meanError);
    const value = weightedSum([
      [params.vertexWeight, vertex],
      [params.edgeWeight, edge],
      [params.transformationWeight, transformation],
    ]);
    return { value, terms: { vertex, edge, transformation } };
  },
});

/** `logits`, `<tap>.edges` [N, N] and, of each map but the last, `<map>.change` [N]. */
function graphOf(taps: TensorMap): Record<string, tf.Tensor> {
  const maps = numberedNames('layer', Object.keys(taps));
  const edges = [...maps, 'embed'].map((name) => [`${name}.edges`, edgesOf(taps[name])] as const);
  const changes = maps
    .slice(1)
    .map(
      (next, index) =>
        [
          `${maps[index]}.change`,
          changeOf(taps[maps[index]] as tf.Tensor4D, taps[next] as tf.Tensor4D),
        ] as const,
    );
  return { logits: taps.logits, ...Object.fromEntries([...edges, ...changes]) };
}

function edgesOf(tap: tf.Tensor): tf.Tensor {
  return shareOfLargest(squaredDistances(asRows(tap), 1e-12));
}

function changeOf(map: tf.Tensor4D, next: tf.Tensor4D): tf.Tensor {
  const [height, width, channels] = [1, 2, 3].map((axis) => Math.min(map.shape[axis], next.shape[axis]));
  const [before, after] = [map, next].map((side) =>
    tf.reshape(pooled(side, height, width, channels), [map.shape[0], -1]),
  );
  const distances = tf.maximum(tf.sum(tf.squaredDifference(before, after), 1), 1e-12);
  return shareOfLargest(distances);
}

/** A map averaged to a grid, and over neighbouring channels to a width. */
function pooled(map: tf.Tensor4D, height: number, width: number, channels: number): tf.Tensor {
  const grid = adaptiveAvgPool(map, height, width);
  const wide = map.shape[3];
  if (wide === channels) return grid;
  const single = tf.reshape<tf.Rank.R4>(tf.eye(wide), [1, wide, wide, 1]);
  const means = tf.reshape<tf.Rank.R2>(adaptiveAvgPool(single, channels, wide), [channels, wide]);
  return tf.matMul(tf.reshape<tf.Rank.R2>(grid, [-1, wide]), means, false, true);
}
