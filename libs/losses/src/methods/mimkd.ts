import type { tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { criticScores, criticWeights } from '../critic.js';
import { jensenShannon } from '../information-bound.js';
import { criticsOf, levelFeatures, otherSampleEach, type Level } from '../information-levels.js';
import { defineLoss, onlyKeys, type LossOutput, type LossSetting, type Slot } from '../loss.js';
import { onSharedGrid } from '../map-pairs.js';
import { boolean, group, integer, number } from '../params.js';
import { shapeMismatch } from '../setting.js';
import { weightedSum } from '../soft-labels.js';
import { sumOfTerms } from '../sum-of-terms.js';

/**
 * Mutual information (Shrivastava, Qi, Ordonez: MIMKD, 2021, arXiv 2110.15946). A critic C, trained with the student,
 * tells pairs of one image from pairs with the teacher's features of another, n'; L is the negated Jensen-Shannon bound:
 *
 *     L_level = mean softplus(-C(t_n, s_n)) + mean softplus(C(t_n', s_n)),       L = sum_levels weight L_level
 *     global: pooled features; local: pooled t, each place of the student's last map (layer2);
 *     feature: maps of both (layer1), average-pooled to the smaller grid, place by place
 *
 * Bound and levels are the paper's (abstract, summary); the layers of C and the weights are our definition and no
 * evidence about the paper. n' is another sample of the batch, drawn each step; one sample alone has none. The slots
 * `positiveScores` and `negativeScores` take the scores of any other critic. `dim` has the estimators of Deep InfoMax.
 */
export const mimkd = defineLoss({
  id: 'mimkd',
  title: 'Mutual information maximisation (MIMKD)',
  source:
    'Shrivastava, Qi, Ordonez, Estimating and Maximizing Mutual Information for Knowledge Distillation, 2021 (arXiv 2110.15946): bound and levels from its abstract and a summary; critics and weights are our definition and no evidence about the paper',
  equation: "L = sum_levels weight [mean softplus(-C(t_n, s_n)) + mean softplus(C(t_n', s_n))]",
  params: {
    hidden: integer({ default: 512, min: 1, doc: "width of the critics' two hidden layers" }),
    weights: group({
      doc: 'weights of the levels; a level of weight 0 asks for no taps',
      fields: {
        global: number({ default: 1, min: 0, doc: 'pooled against pooled feature' }),
        local: number({ default: 1, min: 0, doc: "pooled feature against the student's last map" }),
        feature: number({ default: 1, min: 0, doc: 'map against map' }),
      },
    }),
    shift: boolean({ default: false, doc: 'subtracts 2 log 2 of each bound, as Deep InfoMax does' }),
  },
  student: [
    { name: 'embed', kind: 'embedding', defaultTaps: 'pooled', when: compares('global') },
    { name: 'layer1', kind: 'map', defaultTaps: 'hint', when: compares('feature') },
    { name: 'layer2', kind: 'map', defaultTaps: 'last-map', when: compares('local') },
    { name: 'positiveScores', kind: 'embedding', defaultTaps: 'pooled', optional: true },
    { name: 'negativeScores', kind: 'embedding', defaultTaps: 'pooled', optional: true },
  ],
  teacher: [
    { name: 'embed', kind: 'embedding', defaultTaps: 'pooled', when: compares('global', 'local') },
    { name: 'layer1', kind: 'map', defaultTaps: 'hint', when: compares('feature') },
  ],
  keySources: ['teacher'],
  sourceCount: { min: 0, max: 1 },
  extra: [{ name: 'negativeIndex', doc: "int32 [N]: the samples n'", from: 'random', half: 'value' }],
  vectors: { derived: ['negativeIndex'] },
  example: { hidden: 6 },
  check: (setting) => checkTaps(setting),
  adapters: (setting) => criticsOf(setting, setting.params.hidden).flatMap(criticWeights),
  key: ({ layer1, ...others }, { studentShapes }) => {
    if (layer1 === undefined) return others;
    return { ...others, layer1: onSharedGrid(layer1 as tf.Tensor4D, studentShapes.layer1) };
  },
  value: ({ params, student, keys, weights, setting, extra, random }): LossOutput => {
    const { positiveScores, negativeScores } = student;
    if (positiveScores !== undefined)
      return sumOfTerms(Object.entries(jensenShannon(positiveScores, negativeScores, params.shift)));
    const [batch] = Object.values(student)[0].shape;
    const given = extra.negativeIndex as tf.Tensor1D | undefined;
    const negatives = given ?? otherSampleEach(batch, random('negativeIndex'));
    const terms = criticsOf(setting, params.hidden).map((critic) => {
      const [theirs, mine] = levelFeatures(critic.name, onlyKeys(keys), student, setting);
      const scores = criticScores(critic, theirs, mine, negatives, weights);
      const bound = jensenShannon(scores.positive, scores.negative, params.shift);
      const isAlone = batch === 1 && given === undefined;
      return [critic.name, isAlone ? bound.positive : sumOfTerms(Object.entries(bound)).value] as const;
    });
    const weighted = terms.map(([name, term]) => [params.weights[name], term] as const);
    return { value: weightedSum(weighted), terms: Object.fromEntries(terms) };
  },
});

/** Whether one of these levels has a weight. */
function compares(...levels: readonly Level[]): NonNullable<Slot['when']> {
  return ({ weights }) => levels.some((level) => (weights as Readonly<Record<Level, number>>)[level] > 0);
}

/** Critic scores come as a pair; all else needs a teacher and a level. */
function checkTaps({ params, studentShapes, sources }: LossSetting): void {
  const { positiveScores, negativeScores } = studentShapes;
  if (positiveScores !== undefined || negativeScores !== undefined) {
    if (positiveScores?.join() === negativeScores?.join()) return;
    throw shapeMismatch('student.negativeScores', 'must be given together with positiveScores, of one shape');
  }
  if (sources.length === 0) throw invalidField('teacherShapes', '"mimkd" needs the taps of one teacher');
  if (compares('global', 'local', 'feature')(params)) return;
  throw invalidField('params.weights', 'at least one level must have a weight above 0');
}
