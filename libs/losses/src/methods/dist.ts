import { safeSqrt, tf } from '@lyceum/engine';
import { defineLoss, onlyKeys } from '../loss.js';
import { number } from '../params.js';
import { logProbabilities, weightedSum } from '../soft-labels.js';

/**
 * Distillation from a stronger teacher (Huang, You, Wang, Qian, Xu: Knowledge Distillation from A Stronger Teacher,
 * NeurIPS 2022, arXiv 2205.10536, section 4). With p, q the softmaxes [N, C] at temperature T of teacher and student:
 *
 *     inter = T^2 (1 - mean over samples of rho(q_n., p_n.)),   intra = T^2 (1 - mean over classes of rho(q_.c, p_.c))
 *     L = beta inter + gamma intra
 *     rho(a, b) = <a - mean a, b - mean b> / (||a - mean a|| ||b - mean b|| + 1e-8), the correlation
 *
 * As the authors' lib/models/losses/dist_kd.py (image_classification_sota); their scripts weigh it by 2, with T = 1 for
 * ImageNet and 4 for CIFAR-100. A constant row or column has rho 0 and gradient 0. The key is the logits.
 */
export const dist = defineLoss({
  id: 'dist',
  title: 'Distillation from a stronger teacher',
  source:
    "Huang, You, Wang, Qian, Xu, Knowledge Distillation from A Stronger Teacher, NeurIPS 2022 (arXiv 2205.10536); the authors' dist_kd.py",
  equation:
    'L = beta T^2 (1 - mean_n rho(q_n., p_n.)) + gamma T^2 (1 - mean_c rho(q_.c, p_.c)), rho: correlation',
  params: {
    temperature: number({
      default: 1,
      min: 0,
      exclusiveMin: true,
      doc: 'T, softens both sides; 4 for CIFAR-100',
    }),
    beta: number({ default: 1, min: 0, doc: 'weight of the relations between classes of a sample' }),
    gamma: number({ default: 1, min: 0, doc: 'weight of the relations between samples of a class' }),
  },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher', 'peer'],
  value: ({ params, student, keys }) => {
    const { temperature, beta, gamma } = params;
    const [mine, theirs] = [student.logits, onlyKeys(keys).logits].map((logits) =>
      tf.exp(logProbabilities(logits, temperature)),
    );
    const square = temperature ** 2;
    const inter = tf.mul<tf.Scalar>(distance(mine, theirs, 1), square);
    const intra = tf.mul<tf.Scalar>(distance(mine, theirs, 0), square);
    const value = weightedSum([
      [beta, inter],
      [gamma, intra],
    ]);
    return { value, terms: { inter, intra } };
  },
});

/** 1 - mean correlation along an axis: 1 of each sample's classes, 0 of each class's samples. */
function distance(student: tf.Tensor, teacher: tf.Tensor, axis: 0 | 1): tf.Scalar {
  const [mine, theirs] = [student, teacher].map((side) => tf.sub(side, tf.mean(side, axis, true)));
  const lengths = [mine, theirs].map((side) => safeSqrt(tf.sum(tf.square(side), axis)));
  const correlation = tf.div(
    tf.sum(tf.mul(mine, theirs), axis),
    tf.add(tf.mul(lengths[0], lengths[1]), 1e-8),
  );
  return tf.sub(1, tf.mean<tf.Scalar>(correlation));
}
