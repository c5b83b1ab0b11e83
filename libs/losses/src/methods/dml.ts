import { tf } from '@lyceum/engine';
import { defineLoss, type KeySet, type LossOutput } from '../loss.js';
import { choice, number } from '../params.js';
import { labelCrossEntropy, logProbabilities, softKl, weightedSum } from '../soft-labels.js';
import { labelsOf } from '../step-inputs.js';

/**
 * Deep mutual learning (Zhang, Xiang, Hospedales, Lu: Deep Mutual Learning, CVPR 2018, arXiv 1706.00384).
 * K untrained networks teach each other; for network k, with p_l = softmax(z_l / T) of a peer, a constant:
 *
 *     L_k = CE(z_k, y) + lambda w sum_{l != k} 1/N sum_n KL(p_l || p_k)    w = 1/(K-1) (paper) or 1 (authors' code)
 *
 * This is the whole objective: it wants no `ce` beside it. `labelWeight: 0` leaves the cross entropy
 * out. T is 1 in the paper; for another T the KL is multiplied by T^2, as in `kd`.
 * `variant: dml-author` writes the KL as the authors' TensorFlow code does: p_l log(eps + p_l / (p_k + eps)).
 */
export const dml = defineLoss({
  id: 'dml',
  title: 'Deep mutual learning',
  source:
    "Zhang, Xiang, Hospedales, Lu, Deep Mutual Learning, CVPR 2018 (arXiv 1706.00384); KD-Zoo dml.py and the authors' train_models.py",
  equation: 'L_k = CE(z_k, y) + lambda w sum_{l != k} 1/N sum_n KL(softmax(z_l) || softmax(z_k))',
  params: {
    temperature: number({ default: 1, min: 0, exclusiveMin: true, doc: 'T; the paper has 1' }),
    lambda: number({ default: 1, min: 0, doc: 'weight of the mutual term' }),
    labelWeight: number({ default: 1, min: 0, doc: 'weight of the cross entropy with the labels' }),
    labelSmoothing: number({ default: 0, min: 0, max: 1, doc: 'share of the label spread over all classes' }),
    peerWeight: choice({
      default: '1/(K-1)',
      choices: ['1/(K-1)', '1'],
      doc: 'w: mean over the peers, or their sum',
    }),
    eps: number({ default: 1e-8, min: 0, exclusiveMin: true, doc: "guard of dml-author's quotient" }),
    variant: choice({
      default: 'paper',
      choices: ['paper', 'kd-zoo', 'dml-author'],
      doc: 'how the KL is written',
    }),
  },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['peer', 'teacher'],
  sourceCount: { min: 1 },
  needsLabels: (params) => params.labelWeight > 0,
  vectors: {
    derived: ['peers'],
    // A case without labels records the mutual term alone.
    implied: ({ inputs }) => (inputs.includes('labels') ? {} : { labelWeight: 0 }),
  },
  value: ({ params, student, keys, labels }): LossOutput => {
    const kls = keys.map((peer) => mutualKl(peer, student.logits, params));
    const sum = kls.reduce((total, kl) => tf.add<tf.Scalar>(total, kl));
    const kl = params.peerWeight === '1' ? sum : tf.div<tf.Scalar>(sum, keys.length);
    if (params.labelWeight === 0) {
      return { value: weightedSum([[params.lambda, kl]]), terms: { kl } };
    }
    const crossEntropy = labelCrossEntropy(student.logits, labelsOf({ labels }), params.labelSmoothing);
    return {
      value: weightedSum([
        [params.labelWeight, crossEntropy],
        [params.lambda, kl],
      ]),
      terms: { crossEntropy, kl },
    };
  },
});

function mutualKl(
  peer: KeySet,
  logits: tf.Tensor,
  { temperature, eps, variant }: { temperature: number; eps: number; variant: string },
): tf.Scalar {
  const square = temperature ** 2;
  if (variant !== 'dml-author') return tf.mul(softKl(peer.tensors.logits, logits, temperature), square);
  const target = tf.exp(logProbabilities(peer.tensors.logits, temperature));
  const student = tf.exp(logProbabilities(logits, temperature));
  const quotient = tf.log(tf.add(tf.div(target, tf.add(student, eps)), eps));
  return tf.mul(tf.mean(tf.sum(tf.mul(target, quotient), 1)), square);
}
