import { tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type LossSetting } from '../loss.js';
import { boolean, choice, number } from '../params.js';
import { applyRegressor, regressorFor, regressorState, regressorWeights } from '../regressor.js';
import type { Regressor, RegressorOptions } from '../regressor.js';
import { shapeMismatch } from '../setting.js';
import { packSigns, unpackSigns } from '../sign-bits.js';
import { numberedNames } from '../slots.js';
import { sumOfTerms } from '../sum-of-terms.js';

/**
 * Activation boundaries (Heo et al., Knowledge Transfer via Distillation of Activation Boundaries, AAAI 2019, arXiv
 * 1811.03233, equation 5). On maps ahead of their ReLU, s of the student, t of the teacher, with margin m:
 *
 *     l(s, t) = (s + m)^2 if t <= 0 and s > -m;   (s - m)^2 if t > 0 and s <= m;   0 otherwise
 *     L = sum_i 3/1000 2^(i-L+1) 1/N sum_{n,h,w,c} l                       i = 0 ... L-1, shallow to deep
 *
 * As RepDistiller's AB.py and the authors' CIFAR code. Where shapes differ a connector, FitNets' regressor without its
 * ReLU, maps the student's. `kd-zoo`: mean over all numbers, no factors. The key is one bit a number, eight packed in
 * one. The method is a stage of its own ahead of training with labels.
 */
export const ab = defineLoss({
  id: 'ab',
  title: 'Activation boundaries',
  source:
    'Heo, Lee, Yun, Choi, Knowledge Transfer via Distillation of Activation Boundaries, AAAI 2019 (arXiv 1811.03233); RepDistiller AB.py',
  equation:
    'L = sum_i 3/1000 2^(i-L+1)/N sum [t <= 0][s > -m](s + m)^2 + [t > 0][s <= m](s - m)^2, maps ahead of ReLU',
  params: {
    margin: number({ default: 1, min: 0, doc: 'm, distance to keep from the boundary' }),
    connectorUseRelu: boolean({ default: false, doc: 'whether connectors end in ReLU' }),
    bnEps: number({
      default: 1e-5,
      min: 0,
      exclusiveMin: true,
      doc: "epsilon of the connectors' batch norm",
    }),
    bnMomentum: number({ default: 0.1, min: 0, max: 1, doc: 'share of the batch in the moving statistics' }),
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'kd-zoo'],
      doc: 'whose factors: kd-zoo is the mean without factors',
    }),
  },
  student: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'preact-maps' }],
  teacher: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'preact-maps' }],
  keySources: ['teacher'],
  keyIsWhole: true,
  key: (taps) =>
    Object.fromEntries(Object.entries(taps).map(([name, map]) => [`${name}.signs`, packSigns(map)])),
  check: (setting) => connectorsOf(setting),
  adapters: (setting) =>
    [...connectorsOf(setting)].flatMap(([name, connector]) =>
      regressorWeights(connector, optionsOf(setting.params), `${name}.`),
    ),
  state: (setting) =>
    [...connectorsOf(setting)].flatMap(([name, connector]) =>
      regressorState(connector, optionsOf(setting.params), `${name}.`),
    ),
  value: ({ params, student, keys, weights, state, setting }) => {
    const teacher = onlyKeys(keys);
    const connectors = connectorsOf(setting);
    const options = optionsOf(params);
    const next: Record<string, tf.Tensor> = {};
    const layers = numberedNames('layer', Object.keys(student));
    const terms = layers.map((name, index): [string, tf.Scalar] => {
      const connector = connectors.get(name);
      let map = student[name] as tf.Tensor4D;
      if (connector !== undefined) {
        const connected = applyRegressor(map, connector, options, weights, state, `${name}.`);
        map = connected.output;
        Object.assign(next, connected.state);
      }
      const active = unpackSigns(teacher[`${name}.signs`] as tf.Tensor2D, setting.teacherShapes[name]);
      const layerWeight = ((3 / 1000) * 2 ** (index - layers.length + 1)) / map.shape[0];
      const factor = params.variant === 'kd-zoo' ? 1 / map.size : layerWeight;
      return [name, tf.mul<tf.Scalar>(crossed(map, active, params.margin), factor)];
    });
    return { ...sumOfTerms(terms), state: next };
  },
});

/** Sum of squares beyond the margin on the wrong side; `active` is 1 where the teacher is above 0. */
function crossed(student: tf.Tensor, active: tf.Tensor, margin: number): tf.Scalar {
  // With the sign that the teacher wants, both branches are one: relu(m - side s)^2.
  const side = tf.sub(tf.mul(active, 2), 1);
  return tf.sum(tf.square(tf.relu(tf.sub(margin, tf.mul(side, student)))));
}

type Setting = Pick<LossSetting, 'bare' | 'studentShapes' | 'teacherShapes'>;

/** The connectors by layer, where shapes differ. */
function connectorsOf({ bare, studentShapes, teacherShapes }: Setting): ReadonlyMap<string, Regressor> {
  const unlike = numberedNames('layer', Object.keys(studentShapes)).filter(
    (name) => studentShapes[name].join() !== teacherShapes[name].join(),
  );
  if (bare && unlike.length > 0) {
    const [name] = unlike;
    throw shapeMismatch(`teacher.${name}`, 'without connectors the maps must be of equal shape');
  }
  return new Map(
    unlike.map((name) => [name, regressorFor(studentShapes[name], teacherShapes[name], `teacher.${name}`)]),
  );
}

function optionsOf(params: {
  readonly connectorUseRelu: boolean;
  readonly bnEps: number;
  readonly bnMomentum: number;
}): RegressorOptions {
  const { connectorUseRelu, bnEps, bnMomentum } = params;
  return { bias: true, batchNorm: true, relu: connectorUseRelu, eps: bnEps, momentum: bnMomentum };
}
