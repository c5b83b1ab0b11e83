import { tf } from '@lyceum/engine';
import { absolute } from '../absolute.js';
import { factorAttention, unitRows } from '../factor-form.js';
import { paraphrase, paraphraserInputs, planesOf, type FactorNetwork } from '../factor-networks.js';
import { translate, translatorState, translatorWeights } from '../factor-networks.js';
import {
  defineLoss,
  onlyKeys,
  type LossSetting,
  type Shape,
  type ShapeMap,
  type Slot,
  type TensorMap,
} from '../loss.js';
import { choice, integer, number } from '../params.js';
import { shapeMismatch } from '../setting.js';

const slots: readonly Slot[] = [
  { name: 'layer1', kind: 'map', defaultTaps: 'last-map' },
  { name: 'factor', kind: 'map', defaultTaps: 'last-map', optional: true },
];

/**
 * Factor transfer (Kim, Park, Kwak: Paraphrasing Complex Network, NeurIPS 2018, arXiv 1802.04977, equation 3). A
 * paraphraser, the encoder of an autoencoder that an earlier stage fits to the teacher's last map and freezes, makes the
 * teacher's factor f_t; a translator, trained with the student, makes the student's f_s. On [N, H, W, P]:
 *
 *     F = vec(f) / ||f||                        L = mean |F_s - F_t|          ft-author, kd-zoo: the paper
 *     F = q / max(||q||, 1e-12), q = vec(mean_c f^p1)
 *                                               L = mean |F_s - F_t|^p2       repdistiller: another loss
 *
 * RepDistiller's translator has batch norms, and its larger factor is pooled. The key is the factor, of RepDistiller's
 * form F_t itself: one number a place. Factors made elsewhere go into the slots `factor`.
 */
export const ft = defineLoss({
  id: 'ft',
  title: 'Factor transfer',
  source:
    "Kim, Park, Kwak, Paraphrasing Complex Network, NeurIPS 2018 (arXiv 1802.04977); RepDistiller FT.py, the authors' code as variant ft-author",
  equation:
    'L = mean |F_s - F_t|^p2, F = normalised vec(mean_c f^p1); ft-author: L = mean |f_s/||f_s|| - f_t/||f_t|||',
  params: {
    k: number({ default: 0.5, min: 0, exclusiveMin: true, doc: "P as a share of the teacher's channels" }),
    planes: integer({ default: 0, min: 0, doc: "P, the factor's channels; 0: k times the teacher's" }),
    p1: integer({ default: 2, min: 1, max: 8, doc: 'power of the factor ahead of the mean' }),
    p2: integer({ default: 1, min: 1, max: 8, doc: 'power of the distance' }),
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'ft-author', 'kd-zoo'],
      doc: 'whose normalisation and translator; ft-author and kd-zoo are the paper',
    }),
  },
  student: slots,
  teacher: slots,
  keySources: ['teacher'],
  extra: paraphraserInputs(({ teacherShapes, params }) => {
    const [, , channels] = mapOf(teacherShapes);
    return { channels, planes: planesOf(channels, params as unknown as FtParams), batchNorm: false };
  }),
  check: (setting) => checkFactors(setting),
  adapters: (setting) => (translates(setting.studentShapes) ? translatorWeights(translatorOf(setting)) : []),
  state: (setting) => (translates(setting.studentShapes) ? translatorState(translatorOf(setting)) : []),
  key: (taps, { params, extra, studentShapes }): TensorMap => {
    const factor = (taps.factor ?? paraphrase(taps.layer1 as tf.Tensor4D, extra)) as tf.Tensor4D;
    if (comparesWhole(params)) return { factor };
    return { attention: factorAttention(factor, mapOf(studentShapes), params.p1) };
  },
  value: ({ params, student, keys, weights, state, setting }) => {
    const teacher = onlyKeys(keys);
    const given = (student.factor ?? student.layer1) as tf.Tensor4D;
    const { output, state: next } = translates(setting.studentShapes)
      ? translate(given, translatorOf(setting), weights, state)
      : { output: given, state: {} };
    const [mine, theirs] = comparesWhole(params)
      ? [unitRows(output), unitRows(teacher.factor)]
      : [factorAttention(output, mapOf(setting.teacherShapes), params.p1), teacher.attention];
    const gap = absolute(tf.sub(mine, theirs));
    const power = comparesWhole(params) ? 1 : params.p2;
    return { value: tf.mean<tf.Scalar>(power === 1 ? gap : tf.pow(gap, power)), state: next };
  },
});

interface FtParams {
  readonly k: number;
  readonly planes: number;
  readonly variant: string;
}

type Setting = Pick<LossSetting, 'studentShapes' | 'teacherShapes'> & { readonly params: FtParams };

/** Whether the map passes through a network: a given factor does not. */
const translates = (shapes: ShapeMap): boolean => !('factor' in shapes);

const comparesWhole = ({ variant }: Pick<FtParams, 'variant'>): boolean => variant !== 'repdistiller';

function mapOf(shapes: ShapeMap): Shape {
  return translates(shapes) ? shapes.layer1 : shapes.factor;
}

function translatorOf({ params, studentShapes, teacherShapes }: Setting): FactorNetwork {
  const planes = planesOf(mapOf(teacherShapes)[2], params);
  return { channels: studentShapes.layer1[2], planes, batchNorm: !comparesWhole(params) };
}

function checkFactors({ params, studentShapes, teacherShapes }: Setting): void {
  if (!comparesWhole(params)) return;
  const [student, teacher] = [mapOf(studentShapes), mapOf(teacherShapes)];
  const compared = translates(studentShapes) ? 2 : 3;
  if (student.slice(0, compared).join() === teacher.slice(0, compared).join()) return;
  throw shapeMismatch(
    `teacher.${teacherShapes.factor ? 'factor' : 'layer1'}`,
    `whole factors are compared; [${student.join(', ')}] of the student does not fit [${teacher.join(', ')}]`,
  );
}
