import { stopGradient, tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type LossOutput } from '../loss.js';
import { choice, number } from '../params.js';
import { labelCrossEntropy, logProbabilities, weightedSum } from '../soft-labels.js';
import { labelsOf } from '../step-inputs.js';
import { warmUpShare } from '../warm-up.js';

/**
 * Decoupled knowledge distillation (Zhao, Cui, Song, Qiu, Liang: Decoupled Knowledge Distillation, CVPR 2022,
 * arXiv 2203.08679, section 3). The KL of softened softmaxes p, q splits at the label y:
 *
 *     tckd = T^2/N sum_n KL((p_ny, 1 - p_ny) || (q_ny, 1 - q_ny))          label against the rest
 *     nckd = T^2/N sum_n KL(p_n without y || q_n without y)                each renormalised over the other classes
 *     L = ceWeight CE(z_s, y) + min(epoch/warmup, 1) (alpha tckd + beta nckd)          epochs counted from 1
 *
 * The authors' mdistiller DKD.py: the label is left out by subtracting 1000 from its logit after the division by T.
 * Everything is computed from logarithms, so that no mass underflows where the original becomes infinite.
 */
export const dkd = defineLoss({
  id: 'dkd',
  title: 'Decoupled knowledge distillation',
  source:
    'Zhao, Cui, Song, Qiu, Liang, Decoupled Knowledge Distillation, CVPR 2022 (arXiv 2203.08679); mdistiller DKD.py',
  equation:
    'L = ceWeight CE + min(epoch/warmup, 1) (alpha T^2/N sum KL(b_t || b_s) + beta T^2/N sum KL(p^_t || p^_s)), b = (p_y, 1 - p_y), p^: p without y',
  params: {
    temperature: number({ default: 4, min: 0, exclusiveMin: true, doc: 'T, softens both sides' }),
    alpha: number({ default: 1, min: 0, doc: 'weight of the term of the label' }),
    beta: number({ default: 8, min: 0, doc: 'weight of the term of the other classes' }),
    ceWeight: number({ default: 0, min: 0, doc: 'weight of the cross entropy with the labels' }),
    warmup: number({ default: 20, min: 0, doc: 'epochs over which both terms grow; 0: none' }),
    variant: choice({ default: 'mdistiller', choices: ['mdistiller'], doc: "the authors' code" }),
  },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher', 'peer'],
  needsLabels: () => true,
  vectors: { implied: ({ params }) => ('warmup' in params ? {} : { warmup: 0 }) },
  value: ({ params, student, keys, labels, epoch }): LossOutput => {
    const { temperature, alpha, beta, ceWeight, warmup } = params;
    const given = labelsOf({ labels });
    const isLabel = tf.cast(tf.oneHot(given, student.logits.shape[1] ?? 0), 'float32');
    const mine = splitAtLabel(logProbabilities(student.logits, temperature), isLabel);
    const theirs = splitAtLabel(logProbabilities(onlyKeys(keys).logits, temperature), isLabel);
    const square = temperature ** 2;
    const tckd = tf.mul<tf.Scalar>(kl(theirs.binary, mine.binary), square);
    const nckd = tf.mul<tf.Scalar>(kl(theirs.others, mine.others), square);
    const share = warmUpShare(epoch, warmup);
    const distilled = weightedSum([
      [share * alpha, tckd],
      [share * beta, nckd],
    ]);
    if (ceWeight === 0) return { value: distilled, terms: { kd: distilled, tckd, nckd } };
    const ce = tf.mul<tf.Scalar>(labelCrossEntropy(student.logits, given), ceWeight);
    return { value: tf.add(ce, distilled), terms: { ce, kd: distilled, tckd, nckd } };
  },
});

/** Log-probabilities `[N, 2]` of the label and of the rest, and `[N, C]` within the rest. */
function splitAtLabel(
  log: tf.Tensor2D,
  isLabel: tf.Tensor,
): { readonly binary: tf.Tensor; readonly others: tf.Tensor } {
  const rest = tf.sub<tf.Tensor2D>(log, tf.mul(isLabel, 1000));
  const peak = stopGradient(tf.max(rest, 1, true));
  const ofRest = tf.add(tf.log(tf.sum(tf.exp(tf.sub(rest, peak)), 1, true)), peak);
  const ofLabel = tf.sum(tf.mul(log, isLabel), 1, true);
  return { binary: tf.concat([ofLabel, ofRest], 1), others: tf.sub(rest, ofRest) };
}

/** KL of log-probabilities, summed over classes, batch mean. */
function kl(target: tf.Tensor, student: tf.Tensor): tf.Scalar {
  return tf.mean<tf.Scalar>(tf.sum(tf.mul(tf.exp(target), tf.sub(target, student)), 1));
}
