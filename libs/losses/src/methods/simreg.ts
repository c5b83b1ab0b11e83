import { l2Normalize, tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { defineLoss, type LossSetting } from '../loss.js';
import { applyHead, headState, headWeights, type HeadLayer } from '../mlp-head.js';
import { boolean, choice, integer } from '../params.js';
import { shapeMismatch } from '../setting.js';
import { weightedSum } from '../soft-labels.js';

/**
 * Regression on unit vectors (Navaneet et al.: SimReg, BMVC 2021, arXiv 2201.05131). b: pooled feature of the student
 * [N, Ds], t: of the teacher [N, Dt], a hat: divided by max(length, 1e-12). A head, trained with the student and then
 * dropped, predicts the teacher's feature; the backbone below it is what improves:
 *
 *     L = 1/N sum_n (2 - 2 <q^_n, t^_n>),   q = head(b)                  = 1/N sum_n |q^_n - t^_n|^2, no row being 0
 *     head (4 layers): dense Ds-2Ds, BN, ReLU, dense 2Ds-Ds, dense Ds-2Ds, BN, ReLU, dense 2Ds-Dt
 *
 * As the authors' simreg.py. Its 2-layer head has nothing between the layers, a linear map: `hiddenNorm` puts batch norm
 * and ReLU there. One dense layer (1) and no head (0) are ours. Several teachers: a head for each, summed; the released
 * code has one, and that the paper sums is not confirmed (`combine`). The key is t^.
 */
export const simreg = defineLoss({
  id: 'simreg',
  title: 'Regression on unit vectors (SimReg)',
  source:
    "Navaneet, Koohpayegani, Tejankar, Pirsiavash, SimReg, BMVC 2021 (arXiv 2201.05131); the authors' simreg.py for one teacher, the sum over several is ours",
  equation: 'L = sum_teachers 1/N sum_n (2 - 2 <q_n/||q_n||, t_n/||t_n||>), q = head(b)',
  params: {
    mlpLayers: integer({ default: 4, min: 0, max: 4, doc: 'dense layers of the head: 0, 1, 2 or 4' }),
    hiddenNorm: boolean({
      default: false,
      doc: 'batch norm and ReLU between two layers; four always have it',
    }),
    combine: choice({ default: 'sum', choices: ['sum', 'mean'], doc: "how several teachers' terms add up" }),
  },
  student: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  teacher: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  keySources: ['teacher'],
  sourceCount: { min: 1 },
  vectors: { derived: ['teachers'] },
  check: (setting) => {
    const { mlpLayers } = setting.params;
    if (mlpLayers === 3) throw invalidField('params.mlpLayers', 'must be 0, 1, 2 or 4, found 3');
    const [width] = setting.studentShapes.embed;
    for (const { source, layers, outputs } of headsOf(setting)) {
      if (layers.length > 0 || outputs === width) continue;
      throw shapeMismatch(
        `${source}.embed`,
        `without a head the widths must be equal: ${width} of the student, found ${outputs}`,
      );
    }
  },
  adapters: (setting) => headsOf(setting).flatMap(({ name, layers }) => headWeights(name, layers)),
  state: (setting) => headsOf(setting).flatMap(({ name, layers }) => headState(name, layers)),
  key: ({ embed }) => ({ unit: l2Normalize(embed, 1, 1e-12) }),
  value: ({ params, student, keys, weights, state, setting }) => {
    const heads = headsOf(setting);
    const results = keys.map(({ source, tensors }, index) => {
      const { name, layers } = heads.find((head) => head.source === source) ?? heads[index];
      const { output, state: next } = applyHead(student.embed as tf.Tensor2D, name, layers, weights, state);
      const cosines = tf.sum(tf.mul(l2Normalize(output, 1, 1e-12), tensors.unit), 1);
      return { source, term: tf.sub<tf.Scalar>(2, tf.mul(tf.mean(cosines), 2)), next };
    });
    const share = params.combine === 'sum' ? 1 : 1 / results.length;
    return {
      value: weightedSum(results.map(({ term }) => [share, term] as const)),
      terms: Object.fromEntries(results.map(({ source, term }) => [source, term])),
      state: Object.assign({}, ...results.map(({ next }) => next)) as typeof state,
    };
  },
});

type Setting = Pick<LossSetting, 'bare' | 'studentShapes' | 'sources'> & {
  readonly params: { readonly mlpLayers: number; readonly hiddenNorm: boolean };
};

interface Head {
  readonly source: string;
  readonly name: string;
  readonly outputs: number;
  readonly layers: readonly HeadLayer[];
}

/** One head a teacher: `head` of the only one, else `head1`, `head2`, ... */
function headsOf({ bare, params, studentShapes, sources }: Setting): readonly Head[] {
  const [inputs] = studentShapes.embed;
  return sources.map(({ source, shapes }, index) => {
    const [outputs] = shapes.embed;
    const layers = bare ? [] : layersOf(params, inputs, outputs);
    return { source, name: sources.length === 1 ? 'head' : `head${index + 1}`, outputs, layers };
  });
}

function layersOf(
  { mlpLayers, hiddenNorm }: Setting['params'],
  inputs: number,
  outputs: number,
): readonly HeadLayer[] {
  const block = (to: number, active: boolean): readonly HeadLayer[] => [
    { inputs, outputs: 2 * inputs, active },
    { inputs: 2 * inputs, outputs: to, active: false },
  ];
  if (mlpLayers === 0) return [];
  if (mlpLayers === 1) return [{ inputs, outputs, active: false }];
  return mlpLayers === 2 ? block(outputs, hiddenNorm) : [...block(inputs, true), ...block(outputs, true)];
}
