import { defineLoss } from '../loss.js';
import { number } from '../params.js';
import { labelCrossEntropy } from '../soft-labels.js';
import { labelsOf } from '../step-inputs.js';

/**
 * Cross entropy with smoothed labels (Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture
 * for Computer Vision, CVPR 2016, arXiv 1512.00567, section 7): a teacher that knows nothing but the label.
 *
 *     L = -1/N sum_n sum_c t_nc log softmax(z_n)_c,   t = (1 - e) onehot(y) + e / C
 */
export const labelSmoothing = defineLoss({
  id: 'label-smoothing',
  title: 'Cross entropy with smoothed labels',
  source:
    'Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016 (arXiv 1512.00567), section 7',
  equation: 'L = -1/N sum_n sum_c t_nc log softmax(z_n)_c, t = (1 - e) onehot(y) + e/C',
  params: {
    smoothing: number({
      default: 0.1,
      min: 0,
      max: 1,
      doc: 'e, share of the target spread over all classes',
    }),
  },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [],
  keySources: [],
  needsLabels: () => true,
  value: (input) => ({
    value: labelCrossEntropy(input.student.logits, labelsOf(input), input.params.smoothing),
  }),
});
