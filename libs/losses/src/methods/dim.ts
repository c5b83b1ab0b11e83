import type { tf } from '@lyceum/engine';
import { denseWeights } from '../dense.js';
import { infoNce, innerProducts, jensenShannonOfAll } from '../information-bound.js';
import { defineLoss, onlyKeys, type LossOutput, type LossSetting } from '../loss.js';
import { choice } from '../params.js';
import { projectPlaces } from '../project-places.js';
import { shapeMismatch } from '../setting.js';
import { sumOfTerms } from '../sum-of-terms.js';

/**
 * Deep InfoMax (Hjelm et al., ICLR 2019, arXiv 1808.06670) between two networks: the estimators that MIMKD builds on,
 * without a critic of their own. Scores are inner products of every teacher vector t_m [N, C] with every place l of
 * every student map s_n [N, H, W, C], u_mnl = <t_m, s_nl>; L is the negated bound on their mutual information:
 *
 *     jsd:      L = mean_{m = n, l} softplus(-u) + mean_{m != n, l} softplus(u) - 2 log 2
 *     infonce:  L = mean_{n, l} -log [exp(u_nnl) / (exp(u_nnl) + sum_{m, l'} exp(u~_nml'))]
 *
 * u~ is u, but -10 at the places of the own sample, so that they still count a little. As the authors' dim_losses.py;
 * there encoders give both sides one width, here a linear map without bias brings s to t's where they differ, trained
 * with the student. A batch of one has no negatives for jsd; their mean counts as 0.
 */
export const dim = defineLoss({
  id: 'dim',
  title: 'Deep InfoMax',
  source:
    "Hjelm et al., Learning Deep Representations by Mutual Information Estimation and Maximization, ICLR 2019 (arXiv 1808.06670); the authors' dim_losses.py",
  equation: 'L = mean_{m=n,l} softplus(-u) + mean_{m!=n,l} softplus(u) - 2 log 2, u_mnl = <t_m, s_nl>',
  params: {
    estimator: choice({ default: 'jsd', choices: ['jsd', 'infonce'], doc: 'which bound' }),
    variant: choice({ default: 'dim-author', choices: ['dim-author'], doc: 'whose estimators' }),
  },
  student: [{ name: 'layer1', kind: 'map', defaultTaps: 'last-map' }],
  teacher: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  keySources: ['teacher'],
  vectors: { file: 'mimkd', claims: ({ variant }) => variant === 'dim-author' },
  check: (setting) => {
    const [mine, theirs] = widthsOf(setting);
    if (mine === theirs || projects(setting)) return;
    throw shapeMismatch('student.layer1', `must have ${theirs} channels, as teacher.embed; found ${mine}`);
  },
  adapters: (setting) => (projects(setting) ? denseWeights('project', ...widthsOf(setting), false) : []),
  value: ({ params, student, keys, weights, setting }): LossOutput => {
    const map = student.layer1 as tf.Tensor4D;
    const projected = projects(setting) ? projectPlaces(map, weights['project.kernel'] as tf.Tensor2D) : map;
    const scores = innerProducts(onlyKeys(keys).embed as tf.Tensor2D, projected);
    if (params.estimator === 'infonce') return { value: infoNce(scores) };
    return sumOfTerms(Object.entries(jensenShannonOfAll(scores)));
  },
});

type Setting = Pick<LossSetting, 'bare' | 'studentShapes' | 'teacherShapes'>;

/** Widths of the student's places and the teacher's vector. */
function widthsOf({ studentShapes, teacherShapes }: Setting): readonly [student: number, teacher: number] {
  return [studentShapes.layer1[2], teacherShapes.embed[0]];
}

/** Whether a projection, trained with the student, brings its places to the teacher's width. */
function projects(setting: Setting): boolean {
  const [mine, theirs] = widthsOf(setting);
  return !setting.bare && mine !== theirs;
}
