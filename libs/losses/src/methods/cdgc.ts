import { tf } from '@lyceum/engine';
import { absolute } from '../absolute.js';
import { defineLoss } from '../loss.js';
import { number } from '../params.js';
import { shapeMismatch } from '../setting.js';
import { labelCrossEntropy, weightedSum } from '../soft-labels.js';
import { labelsOf } from '../step-inputs.js';

/**
 * The loss of a context network that hides the category (after Tang et al.: Attending Category Disentangled Global
 * Context, arXiv 1812.06663). Only the abstract was read: this is our definition and no evidence about the paper. An
 * encoder's code z must say nothing of the category, which the decoder of x^ gets as a condition; a classifier reads z:
 *
 *     L = mean |x - x^| + w 1/N sum_n -log(1 - p_{n, y_n}),   p = softmax(latentLogits)
 *
 * -log(1 - p_y) is softplus(z_y - logsumexp of the other logits). The classifier is trained in a turn of its own, on the
 * term `classifier`, its cross entropy, which is no part of L. The operator `cdgc` then attends to the code.
 */
export const cdgc = defineLoss({
  id: 'cdgc',
  title: 'Category-disentangled context network (CDGC)',
  source:
    'Our definition and no evidence about the paper, of which only the abstract was read: Tang et al., Attending Category Disentangled Global Context for Image Classification, 2018 (arXiv 1812.06663)',
  equation: 'L = mean |x - x^| + w/N sum_n -log(1 - softmax(latentLogits)_{n, y_n})',
  params: {
    adversarialWeight: number({
      default: 0.1,
      min: 0,
      doc: 'w, of hiding the category; raised from 0 in training',
    }),
  },
  student: [
    { name: 'reconstruction', kind: 'map', defaultTaps: 'last-map' },
    { name: 'latentLogits', kind: 'logits', defaultTaps: 'logits' },
  ],
  teacher: [],
  keySources: [],
  needsLabels: () => true,
  extra: [
    {
      name: 'images',
      doc: 'x [N, H, W, C], what the decoder rebuilds',
      from: 'images',
      half: 'value',
      shape: ({ studentShapes }) => studentShapes.reconstruction,
    },
  ],
  check: ({ studentShapes: { latentLogits } }) => {
    if (latentLogits[0] < 2)
      throw shapeMismatch(
        'student.latentLogits',
        `at least 2 categories are needed, found ${latentLogits[0]}`,
      );
  },
  value: (input) => {
    const { params, student, extra } = input;
    const logits = student.latentLogits as tf.Tensor2D;
    const labels = labelsOf(input);
    const reconstruction = tf.mean<tf.Scalar>(absolute(tf.sub(student.reconstruction, extra.images)));
    const adversarial = tf.mean<tf.Scalar>(hidingCosts(logits, labels));
    return {
      value: weightedSum([
        [1, reconstruction],
        [params.adversarialWeight, adversarial],
      ]),
      terms: { reconstruction, adversarial, classifier: labelCrossEntropy(logits, labels) },
    };
  },
});

/** -log(1 - p_y) of each sample, `[N]`, without the difference of 1 and a probability close to it. */
function hidingCosts(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const own = tf.cast(tf.oneHot(labels, logits.shape[1]), 'float32');
  const others = tf.logSumExp(tf.sub(logits, tf.mul(own, 1e30)), 1);
  return tf.softplus(tf.sub(tf.sum(tf.mul(logits, own), 1), others));
}
