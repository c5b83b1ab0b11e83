import { tf } from '@lyceum/engine';
import { absolute } from '../absolute.js';
import { defineLoss, onlyKeys } from '../loss.js';
import { checkSameShapes, sameShapeSlots, sumOverTaps } from '../same-shape-taps.js';

/**
 * Mean absolute error of taps of equal shape; the derivative where they are equal is 0.
 *
 *     L = sum_taps mean over all numbers of |s - t|
 */
export const l1 = defineLoss({
  id: 'l1',
  title: 'Mean absolute error of taps',
  source: 'Standard',
  equation: 'L = sum_taps mean |s - t|',
  params: {},
  student: sameShapeSlots,
  teacher: sameShapeSlots,
  keySources: ['teacher', 'peer'],
  check: checkSameShapes,
  value: ({ student, keys }) =>
    sumOverTaps(student, onlyKeys(keys), (mine, theirs) => tf.mean(absolute(tf.sub(mine, theirs)))),
});
