import { tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type LossOutput } from '../loss.js';
import { choice, number } from '../params.js';
import { labelCrossEntropy, softKl, weightedSum } from '../soft-labels.js';
import { labelsOf } from '../step-inputs.js';

/**
 * One link of a teacher-assistant chain (Mirzadeh, Farajtabar, Li, Levine, Matsukawa, Ghasemzadeh: Improved Knowledge
 * Distillation via Teacher Assistant, AAAI 2020, arXiv 1902.03393, equation 3): softened labels from the model before.
 *
 *     L = (1 - lambda) CE(z_s, y) + lambda T^2 KL(softmax(z_t/T) || softmax(z_s/T))
 *
 * `klReduction: batch` is the paper's: the KL summed over classes, batch mean. `elements` is the released train.py:
 * the mean over all N C elements, so that the term is C times weaker. The chain itself is the recipe's; operator
 * `takd-path` chooses it. The key is the logits.
 */
export const takd = defineLoss({
  id: 'takd',
  title: 'Teacher-assistant distillation',
  source:
    'Mirzadeh et al., Improved Knowledge Distillation via Teacher Assistant, AAAI 2020 (arXiv 1902.03393); Teacher-Assistant-Knowledge-Distillation train.py',
  equation: 'L = (1 - lambda) CE(z_s, y) + lambda T^2/N sum_n KL(softmax(z_t/T) || softmax(z_s/T))',
  params: {
    temperature: number({
      default: 5,
      min: 0,
      exclusiveMin: true,
      doc: 'T; the authors tune it over 1 to 20',
    }),
    lambda: number({
      default: 0.5,
      min: 0,
      max: 1,
      doc: 'share of the distillation term; tuned over 0.05 to 1',
    }),
    klReduction: choice({
      default: 'batch',
      choices: ['batch', 'elements'],
      doc: 'KL divided by N (paper) or by N C (released code)',
    }),
  },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher'],
  needsLabels: ({ lambda }) => lambda < 1,
  value: ({ params, student, keys, labels }): LossOutput => {
    const { temperature, lambda, klReduction } = params;
    const divisor = klReduction === 'elements' ? (student.logits.shape[1] ?? 1) : 1;
    const kl = tf.div<tf.Scalar>(softKl(onlyKeys(keys).logits, student.logits, temperature), divisor);
    const weight = lambda * temperature ** 2;
    if (lambda === 1) return { value: weightedSum([[weight, kl]]), terms: { kl } };
    const crossEntropy = labelCrossEntropy(student.logits, labelsOf({ labels }));
    return {
      value: weightedSum([
        [1 - lambda, crossEntropy],
        [weight, kl],
      ]),
      terms: { crossEntropy, kl },
    };
  },
});
