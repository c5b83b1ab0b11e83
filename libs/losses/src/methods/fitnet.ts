import { tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type LossSetting } from '../loss.js';
import { boolean, choice, number } from '../params.js';
import {
  applyRegressor,
  regressorFor,
  regressorState,
  regressorWeights,
  type Regressor,
  type RegressorOptions,
} from '../regressor.js';
import { shapeMismatch } from '../setting.js';

/**
 * Hints (Romero et al.: FitNets: Hints for Thin Deep Nets, ICLR 2015, arXiv 1412.6550, equation 3). A regressor r,
 * trained with the student, predicts the teacher's map from the student's:
 *
 *     L = mean_{n,h,w,c} (r(v) - u)^2                 v: student map [N, Hs, Ws, Cs], u: teacher map [N, Ht, Wt, Ct]
 *
 * `repdistiller`, `mdistiller`: r is a convolution with bias, batch norm in training mode and ReLU, its kernel chosen
 * by the two sizes. `rkd-author`: a bare 1x1 convolution. `kd-zoo`: no regressor, equal shapes. `paper`:
 * 1/2 sum_{h,w,c} (r(v) - u)^2, mean over samples, r a convolution with bias and the teacher's ReLU.
 */
export const fitnet = defineLoss({
  id: 'fitnet',
  title: 'FitNets hints',
  source:
    'Romero et al., FitNets: Hints for Thin Deep Nets, ICLR 2015 (arXiv 1412.6550), equation 3; RepDistiller FitNet.py, models/util.py ConvReg',
  equation: 'L = mean_{n,h,w,c} (relu(bn(conv(v))) - u)^2',
  params: {
    useRelu: boolean({
      default: true,
      doc: 'whether the regressor ends in ReLU: false for maps with negative values',
    }),
    bnEps: number({
      default: 1e-5,
      min: 0,
      exclusiveMin: true,
      doc: "epsilon of the regressor's batch norm",
    }),
    bnMomentum: number({ default: 0.1, min: 0, max: 1, doc: 'share of the batch in the moving statistics' }),
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'mdistiller', 'rkd-author', 'kd-zoo', 'paper'],
      doc: 'whose regressor and reduction',
    }),
  },
  student: [{ name: 'layer1', kind: 'map', defaultTaps: 'hint' }],
  teacher: [{ name: 'layer1', kind: 'map', defaultTaps: 'hint' }],
  keySources: ['teacher'],
  vectors: { derived: ['regressor'] },
  check: (setting) => {
    if (hasRegressor(setting)) regressorOf(setting);
    else if (setting.studentShapes.layer1.join() !== setting.teacherShapes.layer1.join()) {
      throw shapeMismatch(
        'teacher.layer1',
        `without a regressor the maps must be equal: [${setting.studentShapes.layer1.join(', ')}] of the student, found [${setting.teacherShapes.layer1.join(', ')}]`,
      );
    }
  },
  adapters: (setting) =>
    hasRegressor(setting) ? regressorWeights(regressorOf(setting), optionsOf(setting.params)) : [],
  state: (setting) =>
    hasRegressor(setting) ? regressorState(regressorOf(setting), optionsOf(setting.params)) : [],
  value: ({ params, student, keys, weights, state, setting }) => {
    const hint = onlyKeys(keys).layer1;
    const guided = student.layer1 as tf.Tensor4D;
    if (!hasRegressor(setting)) return { value: distance(guided, hint, params.variant) };
    const predicted = applyRegressor(guided, regressorOf(setting), optionsOf(params), weights, state);
    return { value: distance(predicted.output, hint, params.variant), state: predicted.state };
  },
});

interface FitnetParams {
  readonly variant: string;
  readonly useRelu: boolean;
  readonly bnEps: number;
  readonly bnMomentum: number;
}

type Setting = Pick<LossSetting, 'bare' | 'studentShapes' | 'teacherShapes'> & {
  readonly params: { readonly variant: string };
};

function hasRegressor({ bare, params }: Setting): boolean {
  return !bare && params.variant !== 'kd-zoo';
}

function regressorOf({ studentShapes, teacherShapes }: Setting): Regressor {
  return regressorFor(studentShapes.layer1, teacherShapes.layer1, 'teacher.layer1');
}

function optionsOf({ variant, useRelu, bnEps, bnMomentum }: FitnetParams): RegressorOptions {
  const plain = variant === 'rkd-author';
  const batchNorm = variant === 'repdistiller' || variant === 'mdistiller';
  return { bias: !plain, batchNorm, relu: useRelu && !plain, eps: bnEps, momentum: bnMomentum };
}

function distance(predicted: tf.Tensor, hint: tf.Tensor, variant: string): tf.Scalar {
  const squares = tf.squaredDifference(predicted, hint);
  if (variant !== 'paper') return tf.mean(squares);
  return tf.div(tf.sum(squares), 2 * predicted.shape[0]);
}
