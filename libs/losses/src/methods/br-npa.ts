import { tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type LossOutput } from '../loss.js';
import { number } from '../params.js';
import { labelCrossEntropy, softKl, weightedSum } from '../soft-labels.js';
import { labelsOf } from '../step-inputs.js';

/**
 * The loss that makes attention maps fine (Gomez et al.: BR-NPA, Pattern Recognition 2022, arXiv 2106.02566): a model
 * of low resolution teaches one of the same layers whose last stages have stride 1.
 *
 *     L = a T^2/N sum_n KL(softmax(z_t/T) || softmax(z_s/T)) + (1 - a) CE(z_s, y)
 *
 * As the authors' trainVal.py; they search T in {1, 6, 11, 16, 21} and a in 0.1 to 1. The maps themselves are the
 * operator `br-npa`, which both models run ahead of their classifier.
 */
export const brNpa = defineLoss({
  id: 'br-npa',
  title: 'Low to high resolution (BR-NPA)',
  source:
    "Gomez, Ling, Freour, Mouchere, BR-NPA, Pattern Recognition 2022 (arXiv 2106.02566); the authors' trainVal.py",
  equation: 'L = a T^2/N sum_n KL(softmax(z_t/T) || softmax(z_s/T)) + (1 - a) CE(z_s, y)',
  params: {
    temperature: number({ default: 6, min: 0, exclusiveMin: true, doc: 'T, softens both sides' }),
    klWeight: number({ default: 0.7, min: 0, max: 1, doc: 'a, share of the distillation term' }),
  },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher'],
  needsLabels: ({ klWeight }) => klWeight < 1,
  value: ({ params: { temperature, klWeight }, student, keys, labels }): LossOutput => {
    const kl = softKl(onlyKeys(keys).logits, student.logits, temperature);
    const kd = tf.mul<tf.Scalar>(kl, temperature ** 2);
    if (klWeight === 1) return { value: kd, terms: { kd } };
    const ce = labelCrossEntropy(student.logits, labelsOf({ labels }));
    return {
      value: weightedSum([
        [klWeight, kd],
        [1 - klWeight, ce],
      ]),
      terms: { kd, ce },
    };
  },
});
