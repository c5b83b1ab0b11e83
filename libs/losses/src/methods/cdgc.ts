import { detach, tf } from '@lyceum/engine';
import { absolute } from '../absolute.js';
import {
  codeStride,
  contextWeights,
  latentLogits,
  rebuild,
  type ContextTraining,
} from '../context-training.js';
import { defineLoss, type LossOutput, type LossSetting, type TensorMap } from '../loss.js';
import { integer, number } from '../params.js';
import { shapeMismatch } from '../setting.js';
import { labelCrossEntropy, weightedSum } from '../soft-labels.js';
import { extraOf, labelsOf } from '../step-inputs.js';
import { warmUpShare } from '../warm-up.js';

/**
 * The loss of a context network that hides the category (after Tang et al.: Attending Category Disentangled Global
 * Context, arXiv 1812.06663). Only the abstract was read: this is our definition and no evidence about the paper. An
 * encoder's code z must say nothing of the category, which the decoder of x^ gets as a condition; a classifier reads z:
 *
 *     L = mean |x - x^| + w 1/N sum_n -log(1 - p_{n, y_n}),   p = softmax(latentLogits)
 *
 * -log(1 - p_y) is softplus(z_y - logsumexp of the other logits). Decoder and classifier are adapters, and take turns:
 * at even steps the value is the classifier's own cross entropy, at odd ones L, and what is not in turn is constant.
 * A student that brings its own `reconstruction` and `latentLogits` is given L alone. The operator `cdgc` then attends
 * to the code.
 */
export const cdgc = defineLoss({
  id: 'cdgc',
  title: 'Category-disentangled context network (CDGC)',
  source:
    'Our definition and no evidence about the paper, of which only the abstract was read: Tang et al., Attending Category Disentangled Global Context for Image Classification, 2018 (arXiv 1812.06663)',
  equation: 'L = mean |x - x^| + w/N sum_n -log(1 - softmax(latentLogits)_{n, y_n})',
  params: {
    adversarialWeight: number({
      default: 0.1,
      min: 0,
      doc: 'w, of hiding the category',
    }),
    warmUpEpochs: integer({
      default: 0,
      min: 0,
      doc: 'epochs in which w grows to its value, a third of all usually',
    }),
    hidden: integer({ default: 64, min: 1, doc: "width of the classifier's hidden layer" }),
    imageChannels: integer({ default: 1, min: 1, doc: 'channels of the images that are rebuilt' }),
  },
  student: [
    { name: 'code', kind: 'map', defaultTaps: 'last-map' },
    { name: 'reconstruction', kind: 'map', defaultTaps: 'last-map', optional: true },
    { name: 'latentLogits', kind: 'logits', defaultTaps: 'logits', optional: true },
  ],
  teacher: [],
  keySources: [],
  needsLabels: () => true,
  stopsGradients: true,
  extra: [
    {
      name: 'images',
      doc: 'x [N, H, W, C], what the decoder rebuilds',
      from: 'images',
      half: 'value',
      shape: (setting) => imageShape(setting),
    },
  ],
  adapters: (setting) =>
    setting.studentShapes.reconstruction === undefined ? contextWeights(trainingOf(setting)) : [],
  check: ({ studentShapes: { reconstruction, latentLogits: logits }, classCount }) => {
    if ((reconstruction === undefined) !== (logits === undefined))
      throw shapeMismatch('student.reconstruction', 'must be given together with latentLogits');
    const found = logits?.[0] ?? classCount;
    if (found >= 2) return;
    const field = logits === undefined ? 'classCount' : 'student.latentLogits';
    throw shapeMismatch(field, `at least 2 categories are needed, found ${found}`);
  },
  value: (input): LossOutput => {
    const { params, student, extra, weights, epoch } = input;
    const labels = labelsOf(input);
    const w = params.adversarialWeight * warmUpShare(epoch, params.warmUpEpochs);
    const images = extraOf(extra, 'images');
    if (student.reconstruction !== undefined) {
      const logits = student.latentLogits as tf.Tensor2D;
      const { value, terms } = hiding(student.reconstruction, images, logits, labels, w);
      return { value, terms: { ...terms, classifier: labelCrossEntropy(logits, labels) } };
    }
    const code = student.code as tf.Tensor4D;
    if (input.step % 2 === 0) {
      const classifier = labelCrossEntropy(latentLogits(detach(code), weights), labels);
      return { value: classifier, terms: { classifier } };
    }
    const rebuilt = rebuild(code, labels, trainingOf(input.setting), weights);
    return hiding(rebuilt, images, latentLogits(code, detachAll(weights)), labels, w);
  },
});

function hiding(
  reconstructed: tf.Tensor,
  images: tf.Tensor,
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  adversarialWeight: number,
) {
  const reconstruction = tf.mean<tf.Scalar>(absolute(tf.sub(reconstructed, images)));
  const adversarial = tf.mean<tf.Scalar>(hidingCosts(logits, labels));
  const value = weightedSum([
    [1, reconstruction],
    [adversarialWeight, adversarial],
  ]);
  return { value, terms: { reconstruction, adversarial } };
}

function detachAll(weights: TensorMap): TensorMap {
  return Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, detach(weight)]));
}

type Params = Readonly<Record<'hidden' | 'imageChannels', number>>;

function trainingOf({ studentShapes, classCount, params }: LossSetting): ContextTraining {
  const { hidden, imageChannels } = params as unknown as Params;
  return { code: studentShapes.code, classCount, hidden, imageChannels };
}

function imageShape({ studentShapes: { reconstruction, code }, params }: LossSetting): readonly number[] {
  const { imageChannels } = params as unknown as Params;
  return reconstruction ?? [codeStride * code[0], codeStride * code[1], imageChannels];
}

/** -log(1 - p_y) of each sample, `[N]`, without the difference of 1 and a probability close to it. */
function hidingCosts(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const own = tf.cast(tf.oneHot(labels, logits.shape[1]), 'float32');
  const others = tf.logSumExp(tf.sub(logits, tf.mul(own, 1e30)), 1);
  return tf.softplus(tf.sub(tf.sum(tf.mul(logits, own), 1), others));
}
