import { constantOf, globalAvgPool, tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { attentionKeys, energyOf, layersOf, unitGap, unitOnGrid } from '../attention-scores.js';
import { denseWeights } from '../dense.js';
import { defineLoss, onlyKeys } from '../loss.js';
import { sharedGrid } from '../map-pairs.js';
import { choice, integer } from '../params.js';

/**
 * Representative teacher keys (after Representative Teacher Keys for Knowledge Distillation, 2022, arXiv 2206.12788).
 * Only the abstract was read: this is our definition and no evidence about the paper. For each student map i, attention
 * keeps the teacher maps j most like it and filters out the rest:
 *
 *     score_ij = <W_i mean_hw S_i, W_j mean_hw T_j> / sqrt(d)
 *     w_ij = softmax of the topK largest scores of i (the lower j on ties), 0 elsewhere
 *     L = 1/N sum_n sum_ij w_ij mean_hw (a_i - a_j)^2
 *
 * a: mean_c of squares, average-pooled to the smaller grid of the pair, over max(length, 1e-12). What is kept is
 * constant for gradients; with topK 1 the weight is 1, and the matrices W learn nothing. They train with the student, so
 * that the key of a map is its channel means and a at its own grid, of unit length, which pooling leaves in proportion.
 */
export const rtk = defineLoss({
  id: 'rtk',
  title: 'Representative teacher keys (RTK)',
  source:
    'Our definition and no evidence about the paper, of which only the abstract was read: Representative Teacher Keys, 2022 (arXiv 2206.12788); builds on AFD',
  equation:
    'L = 1/N sum_n sum_ij w_ij mean_hw (a_i - a_j)^2, w_i = softmax of the topK scores <W_i s_i, W_j t_j>/sqrt(d)',
  params: {
    keyDim: integer({ default: 128, min: 1, doc: 'd, width of queries and keys' }),
    topK: integer({
      default: 0,
      min: 0,
      doc: 'teacher maps kept for each student map; 0: half of them, rounded up',
    }),
    variant: choice({ default: 'abstract-only', choices: ['abstract-only'], doc: 'our definition' }),
  },
  student: [{ name: 'layer', kind: 'map', repeated: true, unpaired: true, defaultTaps: 'maps' }],
  teacher: [{ name: 'layer', kind: 'map', repeated: true, unpaired: true, defaultTaps: 'maps' }],
  keySources: ['teacher'],
  example: { keyDim: 4, topK: 2 },
  check: ({ params, teacherShapes }) => {
    const { length } = layersOf(teacherShapes);
    if (params.topK > length)
      throw invalidField(
        'params.topK',
        `must be at most ${length}, the teacher's maps; found ${params.topK}`,
      );
  },
  adapters: ({ params, studentShapes, teacherShapes }) => [
    ...layersOf(studentShapes).flatMap((shape, index) =>
      denseWeights(`query${index + 1}`, shape[2], params.keyDim, false),
    ),
    ...layersOf(teacherShapes).flatMap((shape, index) =>
      denseWeights(`key${index + 1}`, shape[2], params.keyDim, false),
    ),
  ],
  key: (taps) => attentionKeys(taps),
  value: ({ params, student, keys, weights, setting }) => {
    const teacher = onlyKeys(keys);
    const maps = layersOf(student) as readonly tf.Tensor4D[];
    const shapes = layersOf(setting.teacherShapes);
    const rows = (means: readonly tf.Tensor[], name: string): tf.Tensor =>
      tf.stack(
        means.map((mean, index) => tf.matMul(mean, weights[`${name}${index + 1}.kernel`])),
        1,
      );
    const queries = rows(maps.map(globalAvgPool), 'query');
    const keyRows = rows(
      shapes.map((_, index) => teacher[`channelMean${index + 1}`]),
      'key',
    );
    const scores = tf.div(tf.matMul(queries, keyRows, false, true), Math.sqrt(params.keyDim));
    const kept = params.topK === 0 ? Math.ceil(shapes.length / 2) : params.topK;
    const gaps = maps.map((map) => {
      const energy = energyOf(map);
      return tf.stack(
        shapes.map(([height, width], index) => {
          const theirs = tf.reshape<tf.Rank.R4>(teacher[`attention${index + 1}`], [-1, height, width, 1]);
          const grid = sharedGrid(map.shape.slice(1), [height, width]);
          return unitGap(unitOnGrid(energy, grid), unitOnGrid(theirs, grid));
        }),
        1,
      );
    });
    const sum = tf.sum<tf.Scalar>(tf.mul(softmaxOfLargest(scores, kept), tf.stack(gaps, 1)));
    return { value: tf.div<tf.Scalar>(sum, maps[0].shape[0]) };
  },
});

/** Softmax over the `kept` largest of the last dimension, 0 elsewhere. */
function softmaxOfLargest(scores: tf.Tensor, kept: number): tf.Tensor {
  const count = scores.shape.at(-1) ?? 0;
  if (kept === count) return tf.softmax(scores);
  const mask = constantOf(scores, (values) =>
    tf.sum(tf.cast(tf.oneHot(tf.topk(values, kept).indices, count), 'float32'), -2),
  );
  return tf.softmax(tf.add(scores, tf.mul(tf.sub(mask, 1), 1e30)));
}
