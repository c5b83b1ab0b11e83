import { tf } from '@lyceum/engine';
import { defineLoss, onlyKeys } from '../loss.js';
import { checkSameShapes, sameShapeSlots, sumOverTaps } from '../same-shape-taps.js';

/**
 * Mean squared error of taps of equal shape. Of logits, its default, it is the loss of Ba and Caruana (Do Deep Nets
 * Really Need to be Deep?, NIPS 2014, arXiv 1312.6184, equation 2) up to their factor 1/2 and sum over classes.
 *
 *     L = sum_taps mean over all numbers of (s - t)^2
 */
export const mse = defineLoss({
  id: 'mse',
  title: 'Mean squared error of taps',
  source:
    'Standard; on logits after Ba, Caruana, Do Deep Nets Really Need to be Deep?, NIPS 2014 (arXiv 1312.6184)',
  equation: 'L = sum_taps mean (s - t)^2',
  params: {},
  student: sameShapeSlots,
  teacher: sameShapeSlots,
  keySources: ['teacher', 'peer'],
  check: checkSameShapes,
  value: ({ student, keys }) =>
    sumOverTaps(student, onlyKeys(keys), (mine, theirs) => tf.mean(tf.squaredDifference(mine, theirs))),
});
