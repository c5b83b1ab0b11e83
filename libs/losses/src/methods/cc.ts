import { l2Normalize, tf } from '@lyceum/engine';
import { absolute } from '../absolute.js';
import { denseWeights } from '../dense.js';
import { defineLoss, onlyKeys } from '../loss.js';
import { asRows, gram } from '../pairwise.js';
import { choice, integer, number } from '../params.js';

/**
 * Correlation congruence (Peng, Jin, Liu, Zhou, Wu, Liu, Li, Zhang, Wang: Correlation Congruence for Knowledge
 * Distillation, ICCV 2019, arXiv 1904.01802). Two forms:
 *
 *     repdistiller: d_n = |W_s x_n + b_s - (W_t y_n + b_t)|,   L = 1/(N-1) sum_{n<N} <d_n, d_{n+1}>
 *     kd-zoo: K_ij = exp(-2 gamma) sum_{p<=order} (2 gamma)^p/p! cos_ij^p,   L = 1/N^2 sum_ij (K^s_ij - K^t_ij)^2
 *
 * The first pairs consecutive samples, so that the batch's order is part of the loss; it is RepDistiller's CC.py,
 * which says it comes from the authors. The second is the paper's: a Taylor expansion of a Gaussian kernel on
 * normalised features, without projections. |.| has derivative 0 at 0. A batch of one gives 0 in the first form.
 * The key is the embedding: the first form's teacher projection trains at the student.
 */
export const cc = defineLoss({
  id: 'cc',
  title: 'Correlation congruence',
  source:
    'Peng et al., Correlation Congruence for Knowledge Distillation, ICCV 2019 (arXiv 1904.01802); RepDistiller CC.py, KD-Zoo cc.py',
  equation: 'L = 1/(N-1) sum_{n<N} <d_n, d_{n+1}>, d_n = |W_s x_n + b_s - (W_t y_n + b_t)|',
  params: {
    featDim: integer({ default: 128, min: 1, doc: 'width of the projections (repdistiller)' }),
    gamma: number({ default: 0.4, min: 0, doc: "the Gaussian kernel's coefficient (kd-zoo)" }),
    order: integer({ default: 2, min: 0, max: 16, doc: 'P, order of the Taylor expansion (kd-zoo)' }),
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'kd-zoo'],
      doc: 'consecutive differences of projections, or the kernel matrices',
    }),
  },
  student: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  teacher: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  keySources: ['teacher', 'peer'],
  example: { featDim: 5 },
  adapters: ({ params, studentShapes, teacherShapes }) =>
    params.variant === 'kd-zoo'
      ? []
      : [
          ...denseWeights('embedS', studentShapes.embed[0], params.featDim),
          ...denseWeights('embedT', teacherShapes.embed[0], params.featDim),
        ],
  value: ({ params, student, keys, weights }) => {
    const teacher = onlyKeys(keys).embed;
    if (params.variant === 'kd-zoo') {
      const kernels = [student.embed, teacher].map((embed) => taylorKernel(embed, params));
      return { value: tf.mean<tf.Scalar>(tf.squaredDifference(kernels[0], kernels[1])) };
    }
    const mine = projected(student.embed, weights['embedS.kernel'], weights['embedS.bias']);
    const theirs = projected(teacher, weights['embedT.kernel'], weights['embedT.bias']);
    return { value: congruence(absolute(tf.sub(mine, theirs))) };
  },
});

function projected(embed: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor2D {
  return tf.add(tf.matMul(asRows(embed), kernel as tf.Tensor2D), bias);
}

/** Mean of <d_n, d_(n+1)> over consecutive rows. */
function congruence(gaps: tf.Tensor2D): tf.Scalar {
  const [count, width] = gaps.shape;
  const left = tf.slice(gaps, [0, 0], [count - 1, width]);
  const right = tf.slice(gaps, [1, 0], [count - 1, width]);
  return tf.div(tf.sum<tf.Scalar>(tf.mul(left, right)), Math.max(1, count - 1));
}

function taylorKernel(embed: tf.Tensor, { gamma, order }: { gamma: number; order: number }): tf.Tensor {
  const cosine = gram(l2Normalize(asRows(embed), 1, 1e-12));
  // Horner's scheme: 1 + x (1 + x/2 (1 + x/3 ...)), x = 2 gamma cos.
  let sum: tf.Tensor = tf.onesLike(cosine);
  for (let power = order; power >= 1; power -= 1) {
    sum = tf.add(tf.mul(sum, tf.mul(cosine, (2 * gamma) / power)), 1);
  }
  return tf.mul(sum, Math.exp(-2 * gamma));
}
