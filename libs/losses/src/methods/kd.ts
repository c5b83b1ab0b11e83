import { defineLoss, onlyKeys, type LossOutput } from '../loss.js';
import { choice, number } from '../params.js';
import { labelCrossEntropy, softKl, weightedSum } from '../soft-labels.js';
import { labelsOf } from '../step-inputs.js';
import { tf } from '@lyceum/engine';

/**
 * Knowledge distillation with softened labels (Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural
 * Network, 2015, arXiv 1503.02531, section 2).
 *
 *     p = softmax(z_t / T),  q = softmax(z_s / T)                          z_s, z_t: logits [N, C]
 *     L_kd = T^2 / N sum_n sum_c p_nc (log p_nc - log q_nc)
 *     L = gamma CE(z_s, y) + alpha L_kd                                    CE at temperature 1, batch mean
 *
 * Equal to RepDistiller, mdistiller and KD-Zoo. `variant: attention-transfer` mixes as Zagoruyko's code does:
 * alpha L_kd + (1 - alpha) CE. The key is the teacher's logits, so that the temperature stays the student's.
 */
export const kd = defineLoss({
  id: 'kd',
  title: 'Knowledge distillation with softened labels',
  source:
    'Hinton, Vinyals, Dean, Distilling the Knowledge in a Neural Network, 2015 (arXiv 1503.02531); RepDistiller KD.py',
  equation: 'L = gamma CE(z_s, y) + alpha T^2/N sum_n KL(softmax(z_t/T) || softmax(z_s/T))',
  params: {
    temperature: number({ default: 4, min: 0, exclusiveMin: true, doc: 'T, softens both sides' }),
    gamma: number({ default: 0, min: 0, doc: 'weight of the cross entropy with the labels' }),
    alpha: number({ default: 1, min: 0, doc: 'weight of the distillation term' }),
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'mdistiller', 'kd-zoo', 'attention-transfer'],
      doc: 'whose mixture: attention-transfer weighs the labels by 1 - alpha, all others by gamma',
    }),
  },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher', 'peer'],
  needsLabels: (params) => labelWeight(params) !== 0,
  value: ({ params, student, keys, labels }): LossOutput => {
    const { temperature, alpha } = params;
    const raw = softKl(onlyKeys(keys).logits, student.logits, temperature);
    const term = tf.mul<tf.Scalar>(raw, temperature ** 2);
    const gamma = labelWeight(params);
    if (gamma === 0) return { value: weightedSum([[alpha, term]]), terms: { kd: term } };
    const ce = labelCrossEntropy(student.logits, labelsOf({ labels }));
    return {
      value: weightedSum([
        [gamma, ce],
        [alpha, term],
      ]),
      terms: { ce, kd: term },
    };
  },
});

function labelWeight({ variant, alpha, gamma }: { variant: string; alpha: number; gamma: number }): number {
  return variant === 'attention-transfer' ? 1 - alpha : gamma;
}
