import { adaptiveAvgPool, l2Normalize, meanOfSquares, safeSqrt, tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type Shape } from '../loss.js';
import { choice, integer, number } from '../params.js';
import { numberedNames } from '../slots.js';

/**
 * Attention transfer (Zagoruyko, Komodakis: Paying More Attention to Attention, ICLR 2017, arXiv 1612.03928).
 * For each pair of maps A [N, H, W, C], with the larger one average-pooled to the smaller grid first:
 *
 *     Q_n = vec(mean_c A_nhwc^p) of length HW,   Q^_n = Q_n / max(||Q_n||, 1e-12)
 *     L = sum_layers 1/(N H W) sum_n ||Q^_n(student) - Q^_n(teacher)||^2
 *
 * This is the authors' released code and RepDistiller's (`attention-transfer`, `repdistiller`, `mdistiller`).
 * `kd-zoo` takes |A|^p, sums over channels and divides by ||Q_n|| + eps. `paper` is the printed form,
 * 1/2 mean_n ||Q^ - Q^'|| with |A|^p. The key is Q^ at the student's grid: H W numbers instead of H W C.
 */
export const at = defineLoss({
  id: 'at',
  title: 'Attention transfer',
  source:
    'Zagoruyko, Komodakis, Paying More Attention to Attention, ICLR 2017 (arXiv 1612.03928); attention-transfer utils.py, RepDistiller AT.py',
  equation: 'L = sum_layers 1/(N H W) sum_n ||Q_n^S/||Q_n^S|| - Q_n^T/||Q_n^T||||^2, Q = vec(mean_c A^p)',
  params: {
    p: integer({ default: 2, min: 1, max: 8, doc: 'power of the activations' }),
    eps: number({ default: 1e-6, min: 0, exclusiveMin: true, doc: 'added to the norm by kd-zoo' }),
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'mdistiller', 'attention-transfer', 'kd-zoo', 'paper'],
      doc: 'whose normalisation and distance',
    }),
  },
  student: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps' }],
  teacher: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps' }],
  keySources: ['teacher', 'peer'],
  key: (taps, { params, studentShapes }) => {
    const layers = numberedNames('layer', Object.keys(taps));
    return Object.fromEntries(
      layers.map((name) => [
        `${name}.attention`,
        attention(taps[name] as tf.Tensor4D, gridOf(studentShapes[name]), params),
      ]),
    );
  },
  value: ({ params, student, keys, setting }) => {
    const teacher = onlyKeys(keys);
    const layers = numberedNames('layer', Object.keys(student));
    const terms = layers.map((name) => {
      const mine = attention(student[name] as tf.Tensor4D, gridOf(setting.teacherShapes[name]), params);
      return distance(mine, teacher[`${name}.attention`] as tf.Tensor2D, params.variant);
    });
    const value = terms.reduce((sum, term) => tf.add<tf.Scalar>(sum, term));
    return { value, terms: Object.fromEntries(layers.map((name, index) => [name, terms[index]])) };
  },
});

type Grid = readonly [height: number, width: number];

function gridOf([height, width]: Shape): Grid {
  return [height, width];
}

/** The normalised attention map [N, H W] on the smaller of the map's own grid and the other side's. */
function attention(
  map: tf.Tensor4D,
  other: Grid,
  { p, eps, variant }: { p: number; eps: number; variant: string },
): tf.Tensor2D {
  const [, height, width] = map.shape;
  const pooled = adaptiveAvgPool(map, Math.min(height, other[0]), Math.min(width, other[1]));
  const absolute = variant === 'kd-zoo' || variant === 'paper';
  const power = () => (p === 2 ? tf.square(pooled) : tf.pow(absolute ? tf.abs(pooled) : pooled, p));
  if (variant !== 'kd-zoo') {
    return l2Normalize(flatten(p === 2 ? meanOfSquares(pooled) : tf.mean(power(), 3)), 1, 1e-12);
  }
  const energy = flatten(tf.sum(power(), 3));
  const norm = safeSqrt(tf.sum(tf.square(energy), 1, true));
  return tf.div(energy, tf.add(norm, eps));
}

function flatten(map: tf.Tensor): tf.Tensor2D {
  return tf.reshape(map, [map.shape[0], -1]);
}

function distance(student: tf.Tensor2D, teacher: tf.Tensor2D, variant: string): tf.Scalar {
  const squares = tf.squaredDifference(student, teacher);
  if (variant !== 'paper') return tf.mean(squares);
  return tf.mul(tf.mean(safeSqrt(tf.sum(squares, 1))), 0.5);
}
