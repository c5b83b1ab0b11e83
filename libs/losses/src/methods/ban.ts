import { tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type LossOutput } from '../loss.js';
import { number, choice } from '../params.js';
import { crossEntropies, labelCrossEntropy, logProbabilities, weightedSum } from '../soft-labels.js';

/**
 * Born-again networks (Furlanello, Lipton, Tschannen, Itti, Anandkumar: Born-Again Neural Networks, ICML 2018,
 * arXiv 1805.04770, equations 2 and 4). The teacher is the generation before, of the same architecture:
 *
 *     L = labelWeight CE(z_s, y) - teacherWeight 1/N sum_n sum_c p_nc log q_nc     p, q: softmax(z_t), softmax(z_s)
 *
 * Cross entropy and not KL, as printed: the value is larger by the teacher's entropy, the gradient is the same.
 * Labels are unused by default (BAN); weights 1 and 1 give BAN+L, whose weights the paper leaves open.
 * No official code exists; this follows the equations.
 */
export const ban = defineLoss({
  id: 'ban',
  title: 'Born-again networks',
  source: 'Furlanello et al., Born-Again Neural Networks, ICML 2018 (arXiv 1805.04770), equations 2 and 4',
  equation: 'L = labelWeight CE(z_s, y) - teacherWeight 1/N sum_n sum_c softmax(z_t)_nc log softmax(z_s)_nc',
  params: {
    labelWeight: number({ default: 0, min: 0, doc: 'weight of the cross entropy with the labels' }),
    teacherWeight: number({ default: 1, min: 0, doc: 'weight of the cross entropy with the teacher' }),
    temperature: number({
      default: 1,
      min: 0,
      exclusiveMin: true,
      doc: 'softens both sides; the paper has 1',
    }),
    variant: choice({ default: 'paper', choices: ['paper'], doc: 'the paper is the only source' }),
  },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher'],
  needsLabels: (params) => params.labelWeight > 0,
  value: ({ params, student, keys, labels }): LossOutput => {
    const { labelWeight, teacherWeight, temperature } = params;
    const target = tf.exp(logProbabilities(onlyKeys(keys).logits, temperature));
    const logProbability = logProbabilities(student.logits, temperature);
    const teacher = tf.mean<tf.Scalar>(crossEntropies(target, logProbability));
    if (labels === undefined) return { value: weightedSum([[teacherWeight, teacher]]), terms: { teacher } };
    const label = labelCrossEntropy(student.logits, labels);
    return {
      value: weightedSum([
        [labelWeight, label],
        [teacherWeight, teacher],
      ]),
      terms: { label, teacher },
    };
  },
});
