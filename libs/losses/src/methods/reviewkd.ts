import { adaptiveAvgPool, tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type LossSetting } from '../loss.js';
import { integer, number } from '../params.js';
import { fuse, fusionState, fusionWeights, type Fusion } from '../review-fusion.js';
import { shapeMismatch } from '../setting.js';
import { numberedNames } from '../slots.js';
import { sumOfTerms } from '../sum-of-terms.js';

/**
 * Knowledge review (Chen et al., Distilling Knowledge via Knowledge Review, CVPR 2021, arXiv 2104.09044, section 3). The
 * student's maps are fused from the deepest, i = L, to the shallowest, with M channels each (attention-based fusion):
 *
 *     x_i = bn1(conv1x1(s_i)),   r = residual of level i + 1, enlarged to x_i by nearest neighbours
 *     z = sigmoid(conv1x1([x_i, r])),   x_i <- z_1 x_i + z_2 r              but for the deepest
 *     residual of level i = x_i at the teacher's size,   f_i = bn2(conv3x3(x_i))
 *     L = sum_i [MSE(f_i, t_i) + 1/2 MSE at 4x4 + 1/4 MSE at 2x2 + 1/8 MSE at 1x1] / (sum of these weights)
 *
 * The last line is the hierarchical context loss: averages pooled to sizes below the map's height only, weights 1, 1/2,
 * ... in that order of use. As mdistiller's ReviewKD.py. Teacher maps are ahead of their ReLU; the last tap is the pooled
 * feature as a map of one place. The authors raise the weight over 20 epochs: a schedule of the recipe.
 */
export const reviewkd = defineLoss({
  id: 'reviewkd',
  title: 'Knowledge review',
  source:
    'Chen, Liu, Zhao, Jia, Distilling Knowledge via Knowledge Review, CVPR 2021 (arXiv 2104.09044); mdistiller ReviewKD.py',
  equation: 'L = sum_i hcl(f_i, t_i), f_i = bn(conv3x3(attention fusion of s_i and the levels below))',
  params: {
    midChannels: integer({
      default: 0,
      min: 0,
      doc: "M, channels that the maps meet in; 0: the deepest map's, at most 512",
    }),
    bnEps: number({ default: 1e-5, min: 0, exclusiveMin: true, doc: "epsilon of the fusion's batch norms" }),
    bnMomentum: number({ default: 0.1, min: 0, max: 1, doc: 'share of the batch in the moving statistics' }),
  },
  student: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps-and-pooled' }],
  teacher: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'preact-maps-and-pooled' }],
  keySources: ['teacher'],
  vectors: { derived: ['shapes', 'outShapes', 'inChannels', 'outChannels'] },
  check: (setting) => checkBare(setting),
  adapters: (setting) => fusionWeights(fusionOf(setting)),
  state: (setting) => (setting.bare ? [] : fusionState(fusionOf(setting))),
  value: ({ student, keys, weights, state, setting }) => {
    const teacher = onlyKeys(keys);
    const layers = numberedNames('layer', Object.keys(student));
    const fused = setting.bare
      ? { maps: student, state: {} }
      : fuse(student, fusionOf(setting), weights, state);
    const terms = layers.map((name): [string, tf.Scalar] => {
      return [name, contextLoss(fused.maps[name] as tf.Tensor4D, teacher[name] as tf.Tensor4D)];
    });
    return { ...sumOfTerms(terms), state: fused.state };
  },
});

type Setting = Pick<LossSetting, 'bare' | 'studentShapes' | 'teacherShapes'> & {
  readonly params: { readonly midChannels: number; readonly bnEps: number; readonly bnMomentum: number };
};

function fusionOf({ params, studentShapes, teacherShapes }: Setting): Fusion {
  const deepest = numberedNames('layer', Object.keys(studentShapes)).at(-1) ?? '';
  const { midChannels, bnEps: eps, bnMomentum: momentum } = params;
  const width = midChannels === 0 ? Math.min(512, studentShapes[deepest][2]) : midChannels;
  return { studentShapes, teacherShapes, midChannels: width, eps, momentum };
}

function checkBare({ bare, studentShapes, teacherShapes }: Setting): void {
  if (!bare) return;
  for (const [name, shape] of Object.entries(studentShapes)) {
    if (shape.join() === teacherShapes[name].join()) continue;
    throw shapeMismatch(
      `teacher.${name}`,
      `without fusion the maps must be equal: [${shape.join(', ')}] of the student, found [${teacherShapes[name].join(', ')}]`,
    );
  }
}

/** The hierarchical context loss of one level. */
function contextLoss(student: tf.Tensor4D, teacher: tf.Tensor4D): tf.Scalar {
  const sizes = [4, 2, 1].filter((size) => size < student.shape[1]);
  const parts = sizes.map((size, index) => {
    const pooled = [student, teacher].map((map) => adaptiveAvgPool(map, size, size));
    return tf.mul<tf.Scalar>(tf.mean(tf.squaredDifference(pooled[0], pooled[1])), 2 ** -(index + 1));
  });
  const full = tf.mean<tf.Scalar>(tf.squaredDifference(student, teacher));
  const sum = parts.reduce((total, part) => tf.add<tf.Scalar>(total, part), full);
  return tf.div(sum, 2 - 2 ** -sizes.length);
}
