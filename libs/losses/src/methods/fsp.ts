import { tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type TensorMap } from '../loss.js';
import { onSharedGrid } from '../map-pairs.js';
import { checkNeighbours } from '../neighbouring-maps.js';
import { choice } from '../params.js';
import { numberedNames } from '../slots.js';
import { sumOfTerms } from '../sum-of-terms.js';

/**
 * Flow of the solution procedure (Yim et al., A Gift from Knowledge Distillation, CVPR 2017, equations 1 and 2). For
 * each network and each pair of consecutive taps F1 (m channels), F2 (n channels), the larger average-pooled first:
 *
 *     G_ij = 1/(H W) sum_{h,w} F2_hwi F1_hwj                                n x m, one a sample
 *     L = sum_pairs mean_{n,i,j} (G^S - G^T)^2
 *
 * As RepDistiller's FSP.py; KD-Zoo's matrix is the transpose, the same number. The paper pools by maximum and sums over
 * the matrix. Both networks need equal channels tap by tap; sizes are free. The key is G: it knows no spatial size.
 * The method is a stage of its own ahead of training with labels.
 */
export const fsp = defineLoss({
  id: 'fsp',
  title: 'Flow of the solution procedure',
  source:
    'Yim et al., A Gift from Knowledge Distillation, CVPR 2017; RepDistiller FSP.py (mean over the matrix, average pooling)',
  equation: 'L = sum_pairs mean_{n,i,j} (G^S_ij - G^T_ij)^2, G_ij = 1/(H W) sum_{h,w} F2_hwi F1_hwj',
  params: {
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'kd-zoo'],
      doc: 'same mathematics',
    }),
  },
  student: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'stem-and-maps' }],
  teacher: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'stem-and-maps' }],
  keySources: ['teacher'],
  check: (setting) => checkNeighbours(setting, 'the matrices compare only when they are equal'),
  key: (taps) => flows(taps),
  value: ({ student, keys }) => {
    const teacher = onlyKeys(keys);
    const terms = Object.entries(flows(student)).map(([name, flow]): [string, tf.Scalar] => {
      return [name.replace('fsp', 'pair'), tf.mean<tf.Scalar>(tf.squaredDifference(flow, teacher[name]))];
    });
    return sumOfTerms(terms);
  },
});

/** The matrices `fsp1`, `fsp2`, ... `[N, C_(k+1), C_k]` of consecutive maps. */
function flows(taps: TensorMap): Record<string, tf.Tensor> {
  const maps = numberedNames('layer', Object.keys(taps)).map((name) => taps[name] as tf.Tensor4D);
  const pairs = maps.slice(1).map((top, index) => [`fsp${index + 1}`, flow(maps[index], top)] as const);
  return Object.fromEntries(pairs);
}

function flow(bottom: tf.Tensor4D, top: tf.Tensor4D): tf.Tensor3D {
  const [low, high] = [places(bottom, top), places(top, bottom)];
  return tf.div(tf.matMul(high, low, true, false), low.shape[1]);
}

/** A map on the pair's grid, as `[N, H W, C]`. */
function places(map: tf.Tensor4D, partner: tf.Tensor4D): tf.Tensor3D {
  const pooled = onSharedGrid(map, partner.shape.slice(1));
  return tf.reshape(pooled, [pooled.shape[0], -1, pooled.shape[3]]);
}
