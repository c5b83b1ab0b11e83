import { l2Normalize, tf } from '@lyceum/engine';
import { defineLoss, onlyKeys } from '../loss.js';
import { asRows, gram, keyOfBatch } from '../pairwise.js';
import { choice } from '../params.js';
import { numberedNames } from '../slots.js';

/**
 * Similarity-preserving knowledge distillation (Tung, Mori: Similarity-Preserving Knowledge Distillation, ICCV 2019,
 * arXiv 1907.09682). For each pair of taps, flattened to rows F [N, D]; D may differ:
 *
 *     G = F F^T,   G^_i = G_i / max(||G_i||, 1e-12)                        row by row
 *     L = sum_layers 1/N^2 ||G^_t - G^_s||_F^2                             N: the batch
 *
 * As RepDistiller's SP.py, mdistiller and KD-Zoo. A sample whose student row of G is 0 gets gradient 0 from its row's
 * norm, where the original divides by 1e-12. The key is G^_t, N numbers a sample; it belongs to one batch and order.
 */
export const sp = defineLoss({
  id: 'sp',
  title: 'Similarity-preserving distillation',
  source:
    'Tung, Mori, Similarity-Preserving Knowledge Distillation, ICCV 2019 (arXiv 1907.09682); RepDistiller SP.py',
  equation: 'L = sum_layers 1/N^2 ||G_t/||G_t||_rows - G_s/||G_s||_rows||_F^2, G = F F^T',
  params: {
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'mdistiller', 'kd-zoo'],
      doc: 'same mathematics',
    }),
  },
  student: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'last-map' }],
  teacher: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'last-map' }],
  keySources: ['teacher', 'peer'],
  keyIsPerBatch: true,
  key: (taps) =>
    Object.fromEntries(
      numberedNames('layer', Object.keys(taps)).map((name) => [`${name}.gram`, similarity(taps[name])]),
    ),
  value: ({ student, keys }) => {
    const teacher = onlyKeys(keys);
    const layers = numberedNames('layer', Object.keys(student));
    const terms = layers.map((name) => {
      const mine = similarity(student[name]);
      const theirs = keyOfBatch(teacher[`${name}.gram`], mine, `keys.${name}.gram`);
      return tf.mean<tf.Scalar>(tf.squaredDifference(mine, theirs));
    });
    const value = terms.reduce((sum, term) => tf.add<tf.Scalar>(sum, term));
    return { value, terms: Object.fromEntries(layers.map((name, index) => [name, terms[index]])) };
  },
});

function similarity(tap: tf.Tensor): tf.Tensor2D {
  return l2Normalize(gram(asRows(tap)), 1, 1e-12);
}
