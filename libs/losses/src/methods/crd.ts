import { l2Normalize, stopGradient, tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { contrastOf, contrastScores, type Contrast } from '../contrast.js';
import { denseWeights } from '../dense.js';
import { defineLoss, onlyKeys } from '../loss.js';
import { updatedBank } from '../memory-bank.js';
import { choice, integer, number } from '../params.js';
import { indicesOf } from '../step-inputs.js';

/**
 * Contrastive representation distillation (Tian, Krishnan, Isola, ICLR 2020, arXiv 1910.10699, section 3). With
 * v_s = normalise(W_s x_s + b_s), v_t likewise, and a memory row of both for each of the n training samples:
 *
 *     a_nk = exp(<M_T[c_nk], v_s^n> / nceT) / Z_s,   b_nk = exp(<M_S[c_nk], v_t^n> / nceT) / Z_t
 *     l(x) = -1/N sum_n [log(x_n0 / (x_n0 + K/n + eps)) + sum_k log((K/n) / (x_nk + K/n + eps))]
 *     L = l(a) + l(b)
 *
 * c: [N, K+1], the sample itself, then K samples of other classes, drawn from the step's stream. Z is fixed by the
 * first batch, n times the mean exponential, and held constant. After the step row i of each memory becomes
 * normalise(nceM M[i] + (1 - nceM) v). Both projections train; the key is the teacher's pooled feature.
 * As RepDistiller's crd/criterion.py and memory.py, but for a zero projection, which normalises to zero here.
 */
export const crd = defineLoss({
  id: 'crd',
  title: 'Contrastive representation distillation',
  source:
    'Tian, Krishnan, Isola, Contrastive Representation Distillation, ICLR 2020 (arXiv 1910.10699); RepDistiller crd/criterion.py',
  equation:
    'L = l(a) + l(b), l(x) = -1/N sum_n [log(x_n0/(x_n0 + K/n + eps)) + sum_k log((K/n)/(x_nk + K/n + eps))]',
  params: {
    featDim: integer({ default: 128, min: 1, doc: 'D, width of the projections and of the memory' }),
    nceK: integer({ default: 16384, min: 1, doc: 'K, negatives a sample' }),
    nceT: number({ default: 0.07, min: 0.02, doc: 'temperature of the inner products' }),
    nceM: number({ default: 0.5, min: 0, max: 1, doc: 'share of the old row in the memory update' }),
    eps: number({ default: 1e-7, min: 0, doc: 'guard of the quotients' }),
    mode: choice({
      default: 'exact',
      choices: ['exact', 'relax'],
      doc: 'positive: the sample itself, or one of its class',
    }),
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'mdistiller', 'kd-zoo'],
      doc: 'same mathematics',
    }),
  },
  student: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  teacher: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  keySources: ['teacher'],
  needsIndices: true,
  extra: [
    { name: 'contrastIndex', doc: 'int32 [N, K+1]: positive, then negatives', from: 'random', half: 'value' },
  ],
  vectors: { derived: ['nData'] },
  example: { featDim: 6, nceK: 5 },
  check: ({ sampleCount }) => {
    if (sampleCount < 2)
      throw invalidField('sampleCount', `crd needs the number of training samples, found ${sampleCount}`);
  },
  adapters: ({ params, studentShapes, teacherShapes }) => [
    ...denseWeights('embedS', studentShapes.embed[0], params.featDim),
    ...denseWeights('embedT', teacherShapes.embed[0], params.featDim),
  ],
  state: ({ params, sampleCount }) => {
    const initializer = { kind: 'uniform', bound: 1 / Math.sqrt(params.featDim / 3) } as const;
    const unset = { kind: 'constant', value: -1 } as const;
    return [
      { name: 'memoryStudent', shape: [sampleCount, params.featDim], initializer },
      { name: 'memoryTeacher', shape: [sampleCount, params.featDim], initializer },
      { name: 'zStudent', shape: [], initializer: unset },
      { name: 'zTeacher', shape: [], initializer: unset },
    ];
  },
  value: (input) => {
    const { params, student, keys, weights, state, extra } = input;
    const indices = indicesOf(input);
    const embedS = embed(student.embed, weights['embedS.kernel'], weights['embedS.bias']);
    const embedT = embed(onlyKeys(keys).embed, weights['embedT.kernel'], weights['embedT.bias']);
    const contrast = contrastOf(extra.contrastIndex as tf.Tensor2D | undefined, indices, input);
    const ofStudent = half(state.memoryTeacher as tf.Tensor2D, embedS, contrast, state.zStudent, params);
    const ofTeacher = half(state.memoryStudent as tf.Tensor2D, embedT, contrast, state.zTeacher, params);
    return {
      value: tf.add(ofStudent.loss, ofTeacher.loss),
      terms: { studentAnchor: ofStudent.loss, teacherAnchor: ofTeacher.loss },
      state: {
        memoryStudent: updatedBank(state.memoryStudent as tf.Tensor2D, embedS, indices, params.nceM),
        memoryTeacher: updatedBank(state.memoryTeacher as tf.Tensor2D, embedT, indices, params.nceM),
        zStudent: ofStudent.z,
        zTeacher: ofTeacher.z,
      },
    };
  },
});

function embed(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor2D {
  return l2Normalize(tf.add<tf.Tensor2D>(tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D), bias), 1, 1e-12);
}

/** One anchor's loss, by logarithms so that no temperature overflows, and its constant Z. */
function half(
  memory: tf.Tensor2D,
  anchor: tf.Tensor2D,
  contrast: Contrast,
  z: tf.Tensor,
  { nceT, eps }: { nceT: number; eps: number },
): { readonly loss: tf.Scalar; readonly z: tf.Tensor } {
  const { batch, negatives } = contrast;
  const noise = negatives / memory.shape[0];
  const scores = contrastScores(memory, anchor, contrast);
  const positive = tf.div(scores.positive, nceT);
  const negative = tf.div(scores.negative, nceT);
  const constant = z.dataSync()[0] < 0 ? firstZ(positive, negative, scores.counts, contrast) : z;
  const shift = tf.add(tf.log(constant), Math.log(noise + eps));
  const kept = tf.sum(tf.softplus(tf.sub(shift, positive)));
  const refused = tf.sum(tf.mul(scores.counts, tf.softplus(tf.sub(negative, shift))));
  const correction = batch * negatives * Math.log((noise + eps) / noise);
  return { loss: tf.div<tf.Scalar>(tf.add(tf.add(kept, refused), correction), batch), z: constant };
}

/** n times the mean exponential over the batch and all K + 1 columns; a constant. */
function firstZ(positive: tf.Tensor, negative: tf.Tensor, counts: tf.Tensor, contrast: Contrast): tf.Tensor {
  const { batch, negatives, samples } = contrast;
  const sums = tf.add(tf.sum(tf.exp(positive)), tf.sum(tf.mul(counts, tf.exp(negative))));
  return stopGradient(tf.mul(sums, samples / (batch * (negatives + 1))));
}
