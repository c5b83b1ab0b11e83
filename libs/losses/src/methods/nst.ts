import { l2Normalize, tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type Shape } from '../loss.js';
import { onSharedGrid, sharedGrid } from '../map-pairs.js';
import { choice } from '../params.js';
import { numberedNames } from '../slots.js';
import { sumOfTerms } from '../sum-of-terms.js';
import { packTriangle, unpackTriangle } from '../triangle.js';

/**
 * Neuron selectivity transfer (Huang, Wang: Like What You Like, 2017, arXiv 1707.01219, section 4) with the polynomial
 * kernel. Per pair of maps, with the larger one average-pooled first, each channel's map f_c of H W numbers is divided
 * by max(||f_c||, 1e-12), and the two sets of channels are compared by their squared maximum mean discrepancy:
 *
 *     k(a, b) = <a, b>^2
 *     L = sum_layers mean_n [mean_cc' k(t_c, t_c') + mean_cc' k(s_c, s_c') - 2 mean_cc' k(s_c, t_c')]
 *
 * As RepDistiller's NST.py and KD-Zoo. With P = 1/C sum_c f_c f_c^T (H W x H W) a layer is ||P^S - P^T||^2, so where the
 * triangle of P has fewer numbers than the map the key is that triangle; otherwise it is the normalised map.
 */
export const nst = defineLoss({
  id: 'nst',
  title: 'Neuron selectivity transfer',
  source:
    'Huang, Wang, Like What You Like: Knowledge Distill via Neuron Selectivity Transfer, 2017 (arXiv 1707.01219); RepDistiller NST.py',
  equation: 'L = sum_layers mean_n [mean k(t, t) + mean k(s, s) - 2 mean k(s, t)], k(a, b) = <a, b>^2',
  params: {
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'mdistiller', 'kd-zoo'],
      doc: 'same mathematics',
    }),
  },
  student: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps' }],
  teacher: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps' }],
  keySources: ['teacher'],
  key: (taps, { studentShapes }) =>
    Object.fromEntries(
      Object.entries(taps).map(([name, map]) => layerKey(name, map as tf.Tensor4D, studentShapes[name])),
    ),
  value: ({ student, keys, setting }) => {
    const teacher = onlyKeys(keys);
    const layers = numberedNames('layer', Object.keys(student));
    const terms = layers.map((name): [string, tf.Scalar] => {
      const { [name]: shape } = setting.teacherShapes;
      const mine = normalised(student[name] as tf.Tensor4D, shape);
      if (!comparesPlaces(shape, setting.studentShapes[name]))
        return [name, discrepancy(mine, teacher[`${name}.channels`] as tf.Tensor3D)];
      const theirs = unpackTriangle(teacher[`${name}.places`] as tf.Tensor2D, mine.shape[1]);
      const squares = tf.squaredDifference(placeProducts(mine), theirs);
      return [name, tf.div<tf.Scalar>(tf.sum(squares), mine.shape[0])];
    });
    return sumOfTerms(terms);
  },
});

/** Whether the triangle of the places' products has fewer numbers than the teacher's map on the pair's grid. */
function comparesPlaces(teacher: Shape, student: Shape): boolean {
  const [height, width] = sharedGrid(teacher, student);
  return height * width + 1 < 2 * teacher[2];
}

/** The shorter of a layer's two keys, with its name. */
function layerKey(name: string, map: tf.Tensor4D, student: Shape): readonly [string, tf.Tensor] {
  const channels = normalised(map, student);
  if (!comparesPlaces(map.shape.slice(1), student)) return [`${name}.channels`, channels];
  return [`${name}.places`, packTriangle(placeProducts(channels))];
}

/** Maps of unit length: `[N, H W, C]`, each channel a column. */
function normalised(map: tf.Tensor4D, partner: Shape): tf.Tensor3D {
  const pooled = onSharedGrid(map, partner);
  return l2Normalize(tf.reshape(pooled, [pooled.shape[0], -1, pooled.shape[3]]), 1, 1e-12);
}

/** P: `[N, H W, H W]`, mean over channels. */
function placeProducts(channels: tf.Tensor3D): tf.Tensor3D {
  return tf.div(tf.matMul(channels, channels, false, true), channels.shape[2]);
}

/** The discrepancy by channels, for maps of many places. */
function discrepancy(student: tf.Tensor3D, teacher: tf.Tensor3D): tf.Scalar {
  const kernel = (a: tf.Tensor3D, b: tf.Tensor3D): tf.Scalar =>
    tf.mean(tf.square(tf.matMul(a, b, true, false)));
  const own = tf.add<tf.Scalar>(kernel(teacher, teacher), kernel(student, student));
  return tf.sub(own, tf.mul(kernel(student, teacher), 2));
}
