import { relu, tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { defineLoss, onlyKeys, type Initializer, type OwnedTensor, type TensorMap } from '../loss.js';
import { onSharedGrid } from '../map-pairs.js';
import { choice, integer, number } from '../params.js';
import { numberedNames } from '../slots.js';
import { sumOfTerms } from '../sum-of-terms.js';

/**
 * Variational information distillation (Ahn et al., CVPR 2019, arXiv 1904.05835, section 2). Per pair of maps, with the
 * larger one average-pooled to the smaller grid first, a Gaussian q(t|s) whose mean is a network of the student's map:
 *
 *     mu = conv2(relu(conv1(relu(conv0(s)))))          1x1 convolutions without bias, Cs -> M -> M -> Ct
 *     var_c = log(1 + exp(a_c)) + eps                  one a channel of the teacher, trained
 *     L = sum_layers mean_{n,h,w,c} 1/2 [(t - mu)^2 / var_c + log var_c]
 *
 * As RepDistiller's VID.py; the paper sums over h, w, c and adds 1/2 log(2 pi). Values may be negative. `kd-zoo` has the
 * same mathematics with eps 1e-6 and a hidden width of its own. mdistiller never trains a; here it trains.
 */
export const vid = defineLoss({
  id: 'vid',
  title: 'Variational information distillation',
  source:
    'Ahn et al., Variational Information Distillation for Knowledge Transfer, CVPR 2019 (arXiv 1904.05835); RepDistiller VID.py',
  equation: 'L = sum_layers mean_{n,h,w,c} 1/2 [(t - mu(s))^2/var_c + log var_c], var = softplus(a) + eps',
  params: {
    eps: number({ default: 1e-5, min: 0, exclusiveMin: true, doc: 'least variance' }),
    initPredVar: number({
      default: 5,
      min: 0,
      exclusiveMin: true,
      doc: 'variance at the start; above eps',
    }),
    midChannels: integer({ default: 0, min: 0, doc: "M, hidden width; 0: the teacher's channels" }),
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'mdistiller', 'kd-zoo'],
      doc: 'whose initialisation of the convolutions: kd-zoo normal by fan-out, the others uniform by fan-in',
    }),
  },
  student: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps' }],
  teacher: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps' }],
  keySources: ['teacher'],
  key: (taps, { studentShapes }) =>
    Object.fromEntries(
      Object.entries(taps).map(([name, map]) => [
        name,
        onSharedGrid(map as tf.Tensor4D, studentShapes[name]),
      ]),
    ),
  check: ({ params: { eps, initPredVar } }) => {
    if (initPredVar <= eps)
      throw invalidField('params.initPredVar', `must be above eps (${eps}), found ${initPredVar}`);
  },
  adapters: ({ params, studentShapes, teacherShapes }) =>
    numberedNames('layer', Object.keys(studentShapes)).flatMap((name) =>
      layerWeights(name, studentShapes[name][2], teacherShapes[name][2], params),
    ),
  value: ({ params, student, keys, weights, setting }) => {
    const teacher = onlyKeys(keys);
    const layers = numberedNames('layer', Object.keys(student));
    const terms = layers.map((name): [string, tf.Scalar] => {
      const pooled = onSharedGrid(student[name] as tf.Tensor4D, setting.teacherShapes[name]);
      const variance = tf.add(tf.softplus(weights[`${name}.logScale`]), params.eps);
      return [name, gaussian(mean(pooled, name, weights), teacher[name], variance)];
    });
    return sumOfTerms(terms);
  },
});

interface VidParams {
  readonly eps: number;
  readonly initPredVar: number;
  readonly midChannels: number;
  readonly variant: string;
}

function layerWeights(
  layer: string,
  inputs: number,
  outputs: number,
  { eps, initPredVar, midChannels, variant }: VidParams,
): readonly OwnedTensor[] {
  const hidden = midChannels === 0 ? outputs : midChannels;
  const kernel = (index: number, from: number, to: number): OwnedTensor => {
    const initializer: Initializer =
      variant === 'kd-zoo'
        ? { kind: 'normal', standardDeviation: Math.sqrt(2 / to) }
        : { kind: 'uniform', bound: 1 / Math.sqrt(from) };
    return { name: `${layer}.conv${index}`, shape: [1, 1, from, to], initializer };
  };
  const start = initPredVar - eps;
  // softplus(value) = start, without the overflow of exp(start).
  const value = start + Math.log(-Math.expm1(-start));
  return [
    kernel(0, inputs, hidden),
    kernel(1, hidden, hidden),
    kernel(2, hidden, outputs),
    { name: `${layer}.logScale`, shape: [outputs], initializer: { kind: 'constant', value } },
  ];
}

/** The network of mu, as products of `[N H W, C]`: a 1x1 convolution is one. */
function mean(map: tf.Tensor4D, layer: string, weights: TensorMap): tf.Tensor4D {
  const [batch, height, width] = map.shape;
  const product = (x: tf.Tensor, index: number): tf.Tensor2D => {
    const kernel = weights[`${layer}.conv${index}`];
    return tf.matMul(tf.reshape(x, [-1, kernel.shape[2] ?? 0]), tf.reshape(kernel, kernel.shape.slice(2)));
  };
  const output = product(relu(product(relu(product(map, 0)), 1)), 2);
  return tf.reshape(output, [batch, height, width, output.shape[1]]);
}

/** Negative log likelihood of the teacher's map, mean over all numbers, without its constant. */
function gaussian(predicted: tf.Tensor, teacher: tf.Tensor, variance: tf.Tensor): tf.Scalar {
  const error = tf.div(tf.squaredDifference(predicted, teacher), variance);
  return tf.mul(tf.add<tf.Scalar>(tf.mean(error), tf.mean(tf.log(variance))), 0.5);
}
