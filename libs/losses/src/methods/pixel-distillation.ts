import { tf } from '@lyceum/engine';
import { absolute } from '../absolute.js';
import { defineLoss, onlyKeys, type LossOutput, type LossSetting } from '../loss.js';
import { integer, number } from '../params.js';
import { shapeMismatch } from '../setting.js';
import { labelCrossEntropy, softKl, weightedSum } from '../soft-labels.js';
import { extraOf, labelsOf } from '../step-inputs.js';
import { rebuildImage, superResolutionWeights, type SuperResolution } from '../super-resolution.js';

/**
 * Pixel distillation (Guo et al., TPAMI 2024, arXiv 2112.09532), as its authors released it, the journal's version. The
 * student sees the image at a fraction of its size, the teacher the large one, and a head R, trained with the student,
 * rebuilds the large image x from the student's first map F:
 *
 *     L = (1 - alpha) CE(z_s, y) + alpha T^2 KL(softmax(z_t/T) || softmax(z_s/T)) + eta mean |R(F) - x|
 *     R: 1x1 convolution C -> 3 r^2 without bias, pixel shuffle by r, PReLU; r = ceil(crop / side of F), then cut
 *
 * `student.layer1` is the first convolution's output; the tap nearest to it is behind the stem's batch norm, ahead of
 * its ReLU. Both views must be the same crop. The key is the teacher's logits; where the trainer has no large images,
 * eta = 0 leaves the rebuilding out.
 */
export const pixelDistillation = defineLoss({
  id: 'pixel-distillation',
  title: 'Pixel distillation',
  source:
    'Guo et al., Cost-flexible Distillation across Image Sizes and Heterogeneous Networks (Pixel Distillation), TPAMI 2024 (arXiv 2112.09532); gyguo/PixelDistillation hrir.py and kd_loss.py',
  equation: 'L = (1 - alpha) CE(z_s, y) + alpha T^2 KL(p_t || p_s) + eta mean |R(F) - x_large|',
  params: {
    temperature: number({ default: 4, min: 0, exclusiveMin: true, doc: 'T, softens both sides' }),
    alpha: number({ default: 0.9, min: 0, max: 1, doc: 'weight of the teacher, against the labels' }),
    eta: number({
      default: 50,
      min: 0,
      doc: 'weight of the rebuilding: 50 for a quarter of the side, 10 for half',
    }),
    cropSize: integer({ default: 224, min: 1, doc: 'side of the large image, in pixels' }),
    imageChannels: integer({ default: 3, min: 1, doc: 'channels of the images' }),
  },
  student: [
    { name: 'logits', kind: 'logits', defaultTaps: 'logits' },
    { name: 'layer1', kind: 'map', defaultTaps: 'preact-stem', when: ({ eta }) => eta !== 0 },
  ],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher'],
  needsLabels: ({ alpha }) => alpha !== 1,
  extra: [
    {
      name: 'images.large',
      doc: '[N, cropSize, cropSize, imageChannels], as the teacher sees them; not read when eta is 0',
      from: 'images',
      half: 'value',
      when: ({ eta }) => eta !== 0,
      shape: ({ params }) => {
        const { cropSize, imageChannels } = params as unknown as ImageParams;
        return [cropSize, cropSize, imageChannels];
      },
    },
  ],
  vectors: { derived: ['scaleFactor'] },
  example: { cropSize: 7, imageChannels: 2 },
  check: (setting) => checkMap(setting),
  adapters: (setting) => (setting.params.eta === 0 ? [] : superResolutionWeights(headOf(setting))),
  value: ({ params, student, keys, labels, weights, extra, setting }): LossOutput => {
    const { alpha, temperature, eta } = params;
    const soft = softKl(onlyKeys(keys).logits, student.logits, temperature);
    const ce = alpha === 1 ? tf.scalar(0) : labelCrossEntropy(student.logits, labelsOf({ labels }));
    const kd = weightedSum([
      [1 - alpha, ce],
      [alpha * temperature ** 2, soft],
    ]);
    if (eta === 0) return { value: kd, terms: { kd } };
    const image = rebuildImage(student.layer1 as tf.Tensor4D, headOf(setting), weights);
    const rebuild = tf.mean<tf.Scalar>(absolute(tf.sub(image, extraOf(extra, 'images.large'))));
    return { value: tf.add<tf.Scalar>(kd, tf.mul(rebuild, eta)), terms: { kd, rebuild } };
  },
});

interface ImageParams {
  readonly cropSize: number;
  readonly imageChannels: number;
}

type Setting = Pick<LossSetting, 'studentShapes'> & { readonly params: ImageParams };

function headOf({ params, studentShapes }: Setting): SuperResolution {
  const [height, , inputs] = studentShapes.layer1;
  return { ...params, inputs, scaleFactor: Math.ceil(params.cropSize / height) };
}

function checkMap(setting: Setting): void {
  const map = setting.studentShapes.layer1;
  if (map === undefined || headOf(setting).scaleFactor * map[1] >= setting.params.cropSize) return;
  throw shapeMismatch(
    'student.layer1',
    `a map of ${map[0]} x ${map[1]} places cannot rebuild a square image: it must not be narrower than high`,
  );
}
