import { tf } from '@lyceum/engine';
import { squaredAngle, unitRows } from '../angles.js';
import { denseWeights } from '../dense.js';
import { defineLoss, onlyKeys, type LossSetting } from '../loss.js';
import { boolean, choice } from '../params.js';
import { shapeMismatch } from '../setting.js';

/**
 * Angular distillation of embeddings (Duong et al.: ShrinkTeaNet, 2019, arXiv 1905.10620, as quoted by VarGFaceNet,
 * arXiv 1910.04985): directions matter, lengths do not. s: student embedding [N, Ds], t: teacher's [N, Dt], H a
 * projection without bias, trained with the student; a hat: divided by max(length, 1e-12):
 *
 *     squared-cosine:  L = 1/N sum_n (1 - cos(H s_n, t_n))^2
 *     chord:           L = 1/N sum_n |(H s_n)^ - t^_n|^2 = 2/N sum_n (1 - cos), but 1 where a row is 0
 *
 * Published formulas, written anew; no authors' code was read. The key is t^. `liaad` has two such teachers.
 */
export const angular = defineLoss({
  id: 'angular',
  title: 'Angular distillation of embeddings',
  source:
    'Duong et al., ShrinkTeaNet, 2019 (arXiv 1905.10620), as quoted by Yan et al., VarGFaceNet, 2019 (arXiv 1910.04985); written from the formulas',
  equation: 'L = 1/N sum_n (1 - cos(H s_n, t_n))^2',
  params: {
    form: choice({
      default: 'squared-cosine',
      choices: ['squared-cosine', 'chord'],
      doc: "ShrinkTeaNet's distance of directions, or VarGFaceNet's",
    }),
    project: boolean({ default: true, doc: 'whether there is an H; without it the widths must be equal' }),
    variant: choice({ default: 'angular', choices: ['angular'], doc: 'one source' }),
  },
  student: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  teacher: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  keySources: ['teacher'],
  vectors: { file: 'liaad', claims: ({ variant }) => variant === 'angular' },
  check: (setting) => {
    const [mine, theirs] = widthsOf(setting);
    if (projects(setting) || mine === theirs) return;
    throw shapeMismatch(
      'teacher.embed',
      `has width ${theirs}, the student's ${mine}; equal ones, or params.project`,
    );
  },
  adapters: (setting) => (projects(setting) ? denseWeights('project', ...widthsOf(setting), false) : []),
  key: ({ embed }) => ({ unit: unitRows(embed) }),
  value: ({ params, student, keys, weights, setting }) => {
    const embed = student.embed as tf.Tensor2D;
    const projected = projects(setting) ? tf.matMul(embed, weights['project.kernel']) : embed;
    const { unit } = onlyKeys(keys);
    if (params.form === 'squared-cosine') return { value: squaredAngle(projected, unit) };
    return { value: tf.mean<tf.Scalar>(tf.sum(tf.squaredDifference(unitRows(projected), unit), 1)) };
  },
});

type Setting = Pick<LossSetting, 'bare' | 'studentShapes' | 'teacherShapes'> & {
  readonly params: { readonly project: boolean };
};

function widthsOf({ studentShapes, teacherShapes }: Setting): readonly [student: number, teacher: number] {
  return [studentShapes.embed[0], teacherShapes.embed[0]];
}

function projects({ bare, params }: Setting): boolean {
  return params.project && !bare;
}
