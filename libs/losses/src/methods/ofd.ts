import { adaptiveAvgPool, conv2dExplicit, tf } from '@lyceum/engine';
import { batchNormAdapter, batchNormState, batchNormWeights } from '../adapter-batch-norm.js';
import { defineLoss, onlyKeys, type LossSetting, type OwnedTensor } from '../loss.js';
import { negativeMean } from '../negative-mean.js';
import { number } from '../params.js';
import { shapeMismatch } from '../setting.js';
import { numberedNames } from '../slots.js';
import { extraOf } from '../step-inputs.js';
import { sumOfTerms } from '../sum-of-terms.js';

/**
 * Overhaul of feature distillation (Heo et al., ICCV 2019, arXiv 1904.01866, section 3). On maps ahead of their ReLU,
 * with a margin m_c < 0 for each channel of the teacher, the mean of its negative responses:
 *
 *     t' = max(pool(t), m_c),   r = bn(conv1x1(s))         1x1 convolution without bias, batch norm in training mode
 *     L = 1/N sum_i 2^(i-L+1) sum_{n,h,w,c} [r > t' or t' > 0] (r - t')^2          i = 0 ... L-1, shallow to deep
 *
 * As the authors' distiller.py, whose script divides by 1000 as well (give a weight of 0.001), and mdistiller's OFD.py,
 * which pools t to the student's grid. The key is t'. The teacher computes m from its own batch norms, unless given.
 */
export const ofd = defineLoss({
  id: 'ofd',
  title: 'Overhaul of feature distillation',
  source:
    "Heo, Kim, Yun, Park, Kwak, Choi, A Comprehensive Overhaul of Feature Distillation, ICCV 2019 (arXiv 1904.01866); the authors' distiller.py with the script's mean over samples, mdistiller OFD.py",
  equation: "L = 1/N sum_i 2^(i-L+1) sum [r > t' or t' > 0] (r - t')^2, t' = max(t, m_c), r = bn(conv1x1(s))",
  params: {
    bnEps: number({
      default: 1e-5,
      min: 0,
      exclusiveMin: true,
      doc: "epsilon of the connectors' batch norm",
    }),
    bnMomentum: number({ default: 0.1, min: 0, max: 1, doc: 'share of the batch in the moving statistics' }),
  },
  student: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'preact-maps' }],
  teacher: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'preact-maps' }],
  keySources: ['teacher'],
  extra: [
    {
      name: 'margins',
      doc: "m of all channels of the teacher's maps, one map after the other, shallow to deep",
      from: 'frozen',
      half: 'key',
      shape: (setting) => [connectors(setting).reduce((sum, { outputs }) => sum + outputs, 0)],
      fromNorms: (norms) =>
        tf.concat(numberedNames('layer', Object.keys(norms)).map((layer) => negativeMean(norms[layer]))),
    },
  ],
  check: (setting) => checkBare(setting),
  adapters: (setting) => connectors(setting).flatMap(connectorWeights),
  state: (setting) =>
    setting.bare
      ? []
      : connectors(setting).flatMap(({ layer, outputs }) => batchNormState(`${layer}.bn`, outputs)),
  key: (taps, { extra, studentShapes }) => {
    const layers = numberedNames('layer', Object.keys(taps));
    const channels = layers.map((name) => taps[name].shape[3] ?? 0);
    const margins = tf.split(extraOf(extra, 'margins'), channels);
    const targets = layers.map((name, index) => {
      const [height, width] = studentShapes[name];
      return tf.maximum(adaptiveAvgPool(taps[name] as tf.Tensor4D, height, width), margins[index]);
    });
    return Object.fromEntries(layers.map((name, index) => [name, targets[index]]));
  },
  value: ({ params, student, keys, weights, state, setting }) => {
    const teacher = onlyKeys(keys);
    const next: Record<string, tf.Tensor> = {};
    const layers = numberedNames('layer', Object.keys(student));
    const terms = layers.map((name, index): [string, tf.Scalar] => {
      let map = student[name] as tf.Tensor4D;
      if (!setting.bare) {
        const convolved = conv2dExplicit(map, weights[`${name}.conv.kernel`] as tf.Tensor4D, 1, 0);
        const moments = { eps: params.bnEps, momentum: params.bnMomentum };
        const normal = batchNormAdapter(convolved, `${name}.bn`, weights, state, moments);
        map = normal.output;
        Object.assign(next, normal.state);
      }
      const weight = 2 ** (index - layers.length + 1) / map.shape[0];
      return [name, tf.mul<tf.Scalar>(partialSquares(map, teacher[name]), weight)];
    });
    return { ...sumOfTerms(terms), state: next };
  },
});

/** Sum of squares, of which a target that is not above 0 asks only that the student be not above it. */
function partialSquares(student: tf.Tensor, target: tf.Tensor): tf.Scalar {
  const gap = tf.sub(student, target);
  return tf.sum(tf.square(tf.where(tf.greater(target, 0), gap, tf.relu(gap))));
}

type Setting = Pick<LossSetting, 'bare' | 'studentShapes' | 'teacherShapes'>;

interface Connector {
  readonly layer: string;
  readonly inputs: number;
  readonly outputs: number;
}

function connectors({ studentShapes, teacherShapes }: Setting): readonly Connector[] {
  return numberedNames('layer', Object.keys(studentShapes)).map((layer) => ({
    layer,
    inputs: studentShapes[layer][2],
    outputs: teacherShapes[layer][2],
  }));
}

/** The authors draw the kernel from a normal distribution by fan-out. */
function connectorWeights({ layer, inputs, outputs }: Connector): readonly OwnedTensor[] {
  const initializer = { kind: 'normal', standardDeviation: Math.sqrt(2 / outputs) } as const;
  const kernel = { name: `${layer}.conv.kernel`, shape: [1, 1, inputs, outputs], initializer };
  return [kernel, ...batchNormWeights(`${layer}.bn`, outputs)];
}

function checkBare(setting: Setting): void {
  const unlike = connectors(setting).find(({ inputs, outputs }) => inputs !== outputs);
  if (!setting.bare || unlike === undefined) return;
  throw shapeMismatch(
    `teacher.${unlike.layer}`,
    `without connectors the channels must be equal: ${unlike.inputs} of the student, found ${unlike.outputs}`,
  );
}
