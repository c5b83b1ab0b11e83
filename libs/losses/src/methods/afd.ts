import { globalAvgPool, relu, tf } from '@lyceum/engine';
import { batchNormAdapter, batchNormState, batchNormWeights } from '../adapter-batch-norm.js';
import { attentionKeys, energyOf, layersOf, unitGap, unitOnGrid } from '../attention-scores.js';
import { denseWeights } from '../dense.js';
import { defineLoss, onlyKeys, type OwnedTensor, type TensorMap } from '../loss.js';
import { integer } from '../params.js';

/**
 * Attention-based feature distillation (Ji, Heo, Park: Show, Attend and Distill, AAAI 2021, arXiv 2102.02973). For each
 * teacher map t, attention over the student's maps s, with d numbers a query and key, picks who explains it:
 *
 *     query_t = BN(W_t mean_hw F_t + b_t)   key_s = ReLU(BN(W_s mean_hw F_s + b_s))   B = BN(W key + b)  [N, S, T, d]
 *     a_nts = softmax over s of (<B_nst, query_nt> + <p_t, p_s>) / sqrt(d)                 p: a trained vector a map
 *     v = mean_c F^2, of unit length (over max(length, 1e-12)); the student's pooled to t's grid first
 *     L = sum_t 1/N sum_n sum_s a_nts mean_hw (v_ns - v_nt)^2
 *
 * As the authors' AFD.py, where every residual block is tapped: here the group ends, unless the recipe names others.
 * The batch norms train, B's over all N S keys; so do the teacher's queries, so that the key of a map is its channel
 * means and v, C + H W numbers.
 */
export const afd = defineLoss({
  id: 'afd',
  title: 'Attention-based feature distillation (AFD)',
  source:
    "Ji, Heo, Park, Show, Attend and Distill, AAAI 2021 (arXiv 2102.02973); the authors' distill/AFD.py",
  equation:
    'L = sum_t 1/N sum_n sum_s a_nts mean_hw (v_ns - v_nt)^2, a = softmax_s((<B key_s, query_t> + <p_t, p_s>)/sqrt(d))',
  params: { qkDim: integer({ default: 128, min: 1, doc: 'd, width of queries and keys' }) },
  student: [{ name: 'layer', kind: 'map', repeated: true, unpaired: true, defaultTaps: 'maps' }],
  teacher: [{ name: 'layer', kind: 'map', repeated: true, unpaired: true, defaultTaps: 'maps' }],
  keySources: ['teacher'],
  example: { qkDim: 4 },
  adapters: ({ params: { qkDim }, studentShapes, teacherShapes }) => {
    const [student, teacher] = [layersOf(studentShapes), layersOf(teacherShapes)];
    return [
      ...teacher.flatMap((shape, index) => normedDense(`query${index + 1}`, shape[2], qkDim)),
      ...student.flatMap((shape, index) => normedDense(`key${index + 1}`, shape[2], qkDim)),
      ...normedDense('bilinear', qkDim, teacher.length * qkDim),
      position('positionTeacher', teacher.length, qkDim),
      position('positionStudent', student.length, qkDim),
    ];
  },
  state: ({ params: { qkDim }, studentShapes, teacherShapes }) => {
    const [student, teacher] = [layersOf(studentShapes), layersOf(teacherShapes)];
    return [
      ...teacher.flatMap((_, index) => batchNormState(`query${index + 1}.bn`, qkDim)),
      ...student.flatMap((_, index) => batchNormState(`key${index + 1}.bn`, qkDim)),
      ...batchNormState('bilinear.bn', teacher.length * qkDim),
    ];
  },
  key: (taps) => attentionKeys(taps),
  value: ({ params, student, keys, weights, state, setting }) => {
    const teacher = onlyKeys(keys);
    const maps = layersOf(student) as readonly tf.Tensor4D[];
    const grids = layersOf(setting.teacherShapes);
    const next: Record<string, tf.Tensor> = {};
    const dense = (x: tf.Tensor2D, name: string): tf.Tensor2D => {
      const product = tf.matMul(x, weights[`${name}.kernel`]);
      const sum = tf.add<tf.Tensor2D>(product, weights[`${name}.bias`]);
      const normal = batchNormAdapter(sum, `${name}.bn`, weights, state);
      Object.assign(next, normal.state);
      return normal.output;
    };
    const queries = grids.map((_, index) =>
      dense(teacher[`channelMean${index + 1}`] as tf.Tensor2D, `query${index + 1}`),
    );
    const keyRows = maps.map((map, index) => relu(dense(globalAvgPool(map), `key${index + 1}`)));
    const { qkDim } = params;
    const rows = dense(tf.reshape(tf.stack(keyRows, 1), [-1, qkDim]), 'bilinear');
    const bilinear = tf.reshape(rows, [-1, maps.length, grids.length, qkDim]);
    const attention = attend(tf.stack(queries, 1), bilinear, weights, qkDim);
    const energies = maps.map(energyOf);
    const gaps = grids.map((grid, index) => {
      const theirs = teacher[`attention${index + 1}`] as tf.Tensor2D;
      return tf.stack(
        energies.map((energy) => unitGap(unitOnGrid(energy, grid), theirs)),
        1,
      );
    });
    const sum = tf.sum<tf.Scalar>(tf.mul(attention, tf.stack(gaps, 1)));
    return { value: tf.div<tf.Scalar>(sum, maps[0].shape[0]), state: next };
  },
});

/** a `[N, T, S]` of queries `[N, T, d]` and keys `[N, S, T, d]`. */
function attend(queries: tf.Tensor, bilinear: tf.Tensor, weights: TensorMap, width: number): tf.Tensor {
  const products = tf.sum(tf.mul(bilinear, tf.expandDims(queries, 1)), 3);
  const places = tf.matMul(weights.positionTeacher, weights.positionStudent, false, true);
  const scores = tf.add(tf.transpose(products, [0, 2, 1]), places);
  return tf.softmax(tf.div(scores, Math.sqrt(width)));
}

function normedDense(name: string, inputs: number, outputs: number): readonly OwnedTensor[] {
  return [...denseWeights(name, inputs, outputs), ...batchNormWeights(`${name}.bn`, outputs)];
}

/** One vector a map, normal by both sizes (Glorot). */
function position(name: string, count: number, width: number): OwnedTensor {
  const standardDeviation = Math.sqrt(2 / (count + width));
  return { name, shape: [count, width], initializer: { kind: 'normal', standardDeviation } };
}
