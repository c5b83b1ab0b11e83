import { tf } from '@lyceum/engine';
import { defineLoss, onlyKeys } from '../loss.js';
import { choice, number } from '../params.js';
import { logProbabilities, softKl } from '../soft-labels.js';

/**
 * Distillation from patches of one image (Asano, Saeed: Extrapolating from a Single Image to a Thousand Classes using
 * Distillation, ICLR 2023, arXiv 2112.00725). The teacher labels augmented and mixed patches; no label is used:
 *
 *     L = 1/N sum_n KL(softmax(z_t/T) || softmax(z_s/T)),  T = 8           without the factor T^2 of `kd`
 *
 * As the authors' in1k/distiller.py. `cifar-author` is their Keras code: both softmaxes are clipped to [eps, 1] first.
 * The key is the logits on the mixed patch, so teacher and student must see the same batch. The data are made by the
 * operators `one-image-crop-boxes`, `one-image-pipeline` and `one-image-cutmix`.
 */
export const oneImage = defineLoss({
  id: 'one-image',
  title: 'Distillation from one image',
  source:
    'Asano, Saeed, Extrapolating from a Single Image to a Thousand Classes using Distillation, ICLR 2023 (arXiv 2112.00725); single-img-extrapolating in1k/distiller.py, cifar/distiller.py',
  equation: 'L = 1/N sum_n KL(softmax(z_t/T) || softmax(z_s/T)), T = 8, no factor T^2',
  params: {
    temperature: number({ default: 8, min: 0, exclusiveMin: true, doc: 'T, softens both sides' }),
    eps: number({
      default: 1e-7,
      min: 0,
      max: 0.5,
      exclusiveMin: true,
      doc: 'least probability of cifar-author',
    }),
    variant: choice({
      default: 'in1k-author',
      choices: ['in1k-author', 'cifar-author'],
      doc: "the KL itself, or Keras' with clipped probabilities",
    }),
  },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher'],
  value: ({ params, student, keys }) => {
    const { temperature, eps, variant } = params;
    const { logits } = onlyKeys(keys);
    if (variant === 'in1k-author') return { value: softKl(logits, student.logits, temperature) };
    const [target, mine] = [logits, student.logits].map((side) =>
      tf.clipByValue(tf.exp(logProbabilities(side, temperature)), eps, 1),
    );
    const ratio = tf.log(tf.div(target, mine));
    return { value: tf.mean<tf.Scalar>(tf.sum(tf.mul(target, ratio), 1)) };
  },
});
