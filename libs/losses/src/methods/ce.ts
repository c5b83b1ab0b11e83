import { defineLoss } from '../loss.js';
import { number } from '../params.js';
import { labelCrossEntropy } from '../soft-labels.js';
import { labelsOf } from '../step-inputs.js';

/**
 * Cross entropy with the labels: the loss of training without a teacher.
 *
 *     L = -1/N sum_n sum_c t_nc log softmax(z_n)_c,   t = (1 - e) onehot(y) + e / C
 *
 * z: student logits [N, C]; e: label smoothing (Szegedy et al., CVPR 2016, section 7).
 */
export const ce = defineLoss({
  id: 'ce',
  title: 'Cross entropy',
  source: 'Standard; label smoothing after Szegedy et al., Rethinking the Inception Architecture, CVPR 2016',
  equation: 'L = -1/N sum_n sum_c t_nc log softmax(z_n)_c, t = (1 - e) onehot(y) + e/C',
  params: {
    labelSmoothing: number({
      default: 0,
      min: 0,
      max: 1,
      doc: 'share of the target spread over all classes',
    }),
  },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [],
  keySources: [],
  needsLabels: () => true,
  value: (input) => ({
    value: labelCrossEntropy(input.student.logits, labelsOf(input), input.params.labelSmoothing),
  }),
});
