import { l2Normalize, tf } from '@lyceum/engine';
import { defineLoss, onlyKeys } from '../loss.js';
import { checkSameShapes, sameShapeSlots, sumOverTaps } from '../same-shape-taps.js';

/**
 * Cosine distance of taps of equal shape, each sample as one vector; a vector of zeros has distance 1 and gradient 0.
 *
 *     L = sum_taps 1/N sum_n (1 - <s_n, t_n> / (||s_n|| ||t_n||))
 */
export const cosine = defineLoss({
  id: 'cosine',
  title: 'Cosine distance of taps',
  source: 'Standard',
  equation: 'L = sum_taps 1/N sum_n (1 - <s_n, t_n>/(||s_n|| ||t_n||))',
  params: {},
  student: sameShapeSlots,
  teacher: sameShapeSlots,
  keySources: ['teacher', 'peer'],
  check: checkSameShapes,
  value: ({ student, keys }) =>
    sumOverTaps(student, onlyKeys(keys), (mine, theirs) => {
      const products = tf.mul(l2Normalize(mine, 1, 1e-12), l2Normalize(theirs, 1, 1e-12));
      return tf.sub(1, tf.mean(tf.sum(products, 1)));
    }),
});
