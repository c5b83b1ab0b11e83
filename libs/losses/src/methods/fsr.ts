import { resizeMap, tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type LossSetting } from '../loss.js';
import { boolean } from '../params.js';
import { shapeMismatch } from '../setting.js';
import { numberedNames } from '../slots.js';
import { sumOfTerms } from '../sum-of-terms.js';

/**
 * Feature super-resolution, the input-compression stage of pixel distillation (Guo et al., 2021, arXiv 2112.09532): an
 * assistant of the student's architecture on large images teaches the student on small ones. The student's map is
 * enlarged bilinearly, corners aligned, to the assistant's size:
 *
 *     L = sum_layers mean_{n,h,w,c} (up(s) - t)^2
 *
 * This is the feature loss that the authors released for the stage, `ICFUP`. The learned super-resolution module of the
 * paper's first version was never released and no equation of it was seen, so this says nothing about its numbers.
 */
export const fsr = defineLoss({
  id: 'fsr',
  title: 'Feature super-resolution by interpolation',
  source:
    "Guo et al., A New Knowledge Distillation Scheme for Low-Resolution Image Recognition, 2021 (arXiv 2112.09532); gyguo/PixelDistillation icfup_loss.py. The paper's own learned module was not released: this is the released substitute, no evidence about it",
  equation: 'L = sum_layers mean (bilinear(s, size of t) - t)^2',
  params: {
    alignCorners: boolean({
      default: true,
      doc: 'whether corner places stay on the corners, or places are centres of pixels',
    }),
  },
  student: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps' }],
  teacher: [{ name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps' }],
  keySources: ['teacher'],
  vectors: { file: 'pixel-distillation', claims: ({ inputs }) => !inputs.includes('student.logits') },
  check: (setting) => checkChannels(setting),
  value: ({ params, student, keys, setting }) => {
    const teacher = onlyKeys(keys);
    const layers = numberedNames('layer', Object.keys(student));
    const terms = layers.map((name): [string, tf.Scalar] => {
      const [height, width] = setting.teacherShapes[name];
      const interpolation = params.alignCorners ? 'bilinear-corners' : 'bilinear';
      const enlarged = resizeMap(student[name] as tf.Tensor4D, height, width, interpolation);
      return [name, tf.mean<tf.Scalar>(tf.squaredDifference(enlarged, teacher[name]))];
    });
    return sumOfTerms(terms);
  },
});

function checkChannels({
  studentShapes,
  teacherShapes,
}: Pick<LossSetting, 'studentShapes' | 'teacherShapes'>): void {
  for (const [name, shape] of Object.entries(studentShapes)) {
    const found = teacherShapes[name][2];
    if (shape[2] === found) continue;
    throw shapeMismatch(
      `teacher.${name}`,
      `has ${found} channels, the student's map has ${shape[2]}; student and assistant share the architecture`,
    );
  }
}
