import { tf } from '@lyceum/engine';
import { defineLoss, onlyKeys } from '../loss.js';
import { choice } from '../params.js';
import { labelCrossEntropies, logProbabilities } from '../soft-labels.js';
import { labelsOf } from '../step-inputs.js';

/**
 * Confidence-weighted by teacher max (Furlanello et al.: Born-Again Neural Networks, ICML 2018, arXiv 1805.04770,
 * equations 7 to 9): is a born-again teacher more than a weight on its confident samples?
 *
 *     L = sum_s w_s (-log q_{s, y_s}),   w_s = max_c p_sc / sum_u max_c p_uc       p, q: softmax of z_t, z_s
 *
 * The weights sum to 1 over the batch, so nothing is divided by N again; they stay high where the teacher is
 * wrong. The key is one number a sample, the teacher's largest probability.
 */
export const cwtm = defineLoss({
  id: 'cwtm',
  title: 'Confidence-weighted by teacher max',
  source: 'Furlanello et al., Born-Again Neural Networks, ICML 2018 (arXiv 1805.04770), equations 7-9',
  equation: 'L = sum_s w_s CE(z_s, y_s), w_s = max_c softmax(z_t)_sc / sum_u max_c softmax(z_t)_uc',
  params: {
    weight: choice({ default: 'max', choices: ['max'], doc: 'the confidence is the largest probability' }),
    variant: choice({ default: 'paper', choices: ['paper'], doc: 'the paper is the only source' }),
  },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher'],
  needsLabels: () => true,
  vectors: { file: 'ban', claims: ({ params }) => 'weight' in params },
  key: ({ logits }) => ({ confidence: tf.exp(tf.max(logProbabilities(logits), 1)) }),
  value: ({ student, keys, labels }) => {
    const { confidence } = onlyKeys(keys);
    const weights = tf.div(confidence, tf.sum(confidence));
    return { value: tf.sum(tf.mul(weights, labelCrossEntropies(student.logits, labelsOf({ labels })))) };
  },
});
