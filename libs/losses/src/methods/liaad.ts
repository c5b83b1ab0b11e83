import { tf } from '@lyceum/engine';
import { attentiveAngle, directions, energyShares, squaredAngle, unitRows } from '../angles.js';
import { denseWeights } from '../dense.js';
import {
  defineLoss,
  type LossOutput,
  type LossSetting,
  type ShapeMap,
  type Slot,
  type SourceShapes,
  type TensorMap,
} from '../loss.js';
import { onSharedGrid, sharedGrid } from '../map-pairs.js';
import { choice, group, number } from '../params.js';
import { projectPlaces } from '../project-places.js';
import { shapeMismatch } from '../setting.js';
import { weightedSum } from '../soft-labels.js';

const attends: NonNullable<Slot['when']> = ({ weights }) =>
  (weights as { readonly attentive: number }).attentive > 0;

const sourceNames = ['teacherId', 'teacherAge'] as const;
const slots: readonly Slot[] = [
  { name: 'embed', kind: 'embedding', defaultTaps: 'pooled' },
  { name: 'layer1', kind: 'map', defaultTaps: 'last-map', when: attends },
];

/**
 * Two teachers, angles and attention (after Truong et al.: LIAAD, Neurocomputing 543, 2023, arXiv 2004.05085). The
 * source `teacherId` knows identities, `teacherAge` what ageing leaves alone. H: projections without bias, trained with
 * the student; a: where teacherAge looks, of its map A; cos_p: at place p of teacherId's map and the student's by H:
 *
 *     angle(s, t) = 1/N sum_n (1 - cos(H s_n, t_n))^2
 *     attentive = 1/N sum_n sum_p a_np (1 - cos_np)^2,   a_np = mean_c A_npc^2 / sum_q mean_c A_nqc^2
 *     L = w_id angle(s, t_id) + w_age angle(s, t_age) + w_att attentive
 *
 * The angular term is published (see `angular`); its sum over two teachers and the attentive term are our definition and
 * no evidence about the paper, of which only the abstract was read. Vectors on maps are divided by sqrt(|x|^2 + 1e-6).
 * A student's map is compared on the smaller grid of the pair, which must be one for both teachers.
 */
export const liaad = defineLoss({
  id: 'liaad',
  title: 'Attentive angular distillation (LIAAD)',
  source:
    'Truong et al., LIAAD, Neurocomputing 543, 2023 (arXiv 2004.05085), of which only the abstract was read: the sum over two teachers and the attentive term are our definition and no evidence about the paper',
  equation:
    'L = w_id mean (1 - cos(H s, t_id))^2 + w_age mean (1 - cos(H s, t_age))^2 + w_att mean_n sum_p a_np (1 - cos_np)^2',
  params: {
    weights: group({
      doc: 'weights of the terms',
      fields: {
        identity: number({ default: 1, min: 0, doc: "of the angle to teacherId's embedding" }),
        age: number({ default: 1, min: 0, doc: "of the angle to teacherAge's" }),
        attentive: number({ default: 1, min: 0, doc: 'of the maps; 0 asks for none' }),
      },
    }),
    variant: choice({ default: 'two-teachers', choices: ['two-teachers'], doc: 'one form' }),
  },
  student: slots,
  teacher: slots,
  keySources: ['teacher'],
  sourceCount: { min: 2, max: 2 },
  sourceNames,
  check: (setting) => checkMaps(setting),
  adapters: ({ bare, studentShapes: { embed, layer1 }, sources }) => {
    if (bare) return [];
    const [id, age] = [shapesOf(sources, 'teacherId'), shapesOf(sources, 'teacherAge')];
    return [
      ...denseWeights('projectId', embed[0], id.embed[0], false),
      ...denseWeights('projectAge', embed[0], age.embed[0], false),
      ...(layer1 === undefined ? [] : denseWeights('projectLayer1', layer1[2], id.layer1[2], false)),
    ];
  },
  key: ({ embed, layer1 }, { source, studentShapes }): TensorMap => {
    const unit = unitRows(embed);
    if (layer1 === undefined) return { unit };
    const map = onSharedGrid(layer1 as tf.Tensor4D, studentShapes.layer1);
    if (source === 'teacherAge') return { unit, attention: energyShares(map) };
    return { unit, directions: directions(map) };
  },
  value: ({ params, student, keys, weights, setting }): LossOutput => {
    const [id = {}, age = {}] = sourceNames.map(
      (name) => keys.find(({ source }) => source === name)?.tensors,
    );
    const projected = (name: string): tf.Tensor =>
      setting.bare ? student.embed : tf.matMul(student.embed, weights[`${name}.kernel`]);
    const terms: Record<string, tf.Scalar> = {
      identity: squaredAngle(projected('projectId'), id.unit),
      age: squaredAngle(projected('projectAge'), age.unit),
    };
    if (student.layer1 !== undefined) {
      const partner = shapesOf(setting.sources, 'teacherId').layer1;
      const map = onSharedGrid(student.layer1 as tf.Tensor4D, partner);
      const kernel = weights['projectLayer1.kernel'] as tf.Tensor2D;
      const mine = setting.bare ? map : projectPlaces(map, kernel);
      terms.attentive = attentiveAngle(directions(mine), id.directions, age.attention);
    }
    const given: Readonly<Record<string, number>> = params.weights;
    return { value: weightedSum(Object.entries(terms).map(([name, term]) => [given[name], term])), terms };
  },
});

function shapesOf(sources: readonly SourceShapes[], name: string): ShapeMap {
  return sources.find(({ source }) => source === name)?.shapes ?? {};
}

/** Both teachers have a map where the student has one, and it meets theirs on one grid. */
function checkMaps({ studentShapes, sources }: LossSetting): void {
  const { layer1: map } = studentShapes;
  if (map === undefined) return;
  const grids = sources.map(({ source, shapes }) => {
    if (shapes.layer1 === undefined) throw shapeMismatch(`${source}.layer1`, 'is needed too, found none');
    return sharedGrid(map, shapes.layer1).join('x');
  });
  if (grids[0] === grids[1]) return;
  const problem = `meets the student's map on ${grids[1]} places, the other teacher's on ${grids[0]}`;
  throw shapeMismatch(`${sources[1].source}.layer1`, `${problem}; they must be the same`);
}
