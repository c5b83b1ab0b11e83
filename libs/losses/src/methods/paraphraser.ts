import { tf } from '@lyceum/engine';
import {
  autoencoderWeights,
  paraphrase,
  planesOf,
  rebuildMap,
  type FactorNetwork,
} from '../factor-networks.js';
import { defineLoss, type LossSetting } from '../loss.js';
import { integer, number } from '../params.js';

/**
 * The first stage of factor transfer (Kim, Park, Kwak: Paraphrasing Complex Network, NeurIPS 2018, arXiv 1802.04977,
 * section 3.1): an autoencoder of the teacher's last map x, whose encoder is the paraphraser that `ft` needs.
 *
 *     L = mean_{n,h,w,c} (D(E(x)) - x)^2
 *     E: 3x3 convolutions C -> C -> P -> P;  D: 3x3 transposed convolutions P -> P -> C -> C;  LeakyReLU(0.1) after each
 *
 * Without batch norms, as RepDistiller trains it. The network itself is left as it is: a stage of kind `fit` runs it.
 */
export const paraphraser = defineLoss({
  id: 'paraphraser',
  title: 'Paraphraser of factor transfer',
  source:
    'Kim, Park, Kwak, Paraphrasing Complex Network, NeurIPS 2018 (arXiv 1802.04977); the autoencoder as RepDistiller builds it, written anew in PyTorch',
  equation: 'L = mean (D(E(x)) - x)^2, E and D three 3x3 convolutions each, with LeakyReLU(0.1)',
  params: {
    k: number({ default: 0.5, min: 0, exclusiveMin: true, doc: "P as a share of the map's channels" }),
    planes: integer({ default: 0, min: 0, doc: "P, the factor's channels; 0: k times the map's" }),
  },
  student: [{ name: 'layer1', kind: 'map', defaultTaps: 'last-map' }],
  teacher: [],
  keySources: [],
  adapters: (setting) => autoencoderWeights(networkOf(setting)),
  value: ({ student, weights }) => {
    const map = student.layer1 as tf.Tensor4D;
    const rebuilt = rebuildMap(paraphrase(map, weights), weights);
    return { value: tf.mean<tf.Scalar>(tf.squaredDifference(rebuilt, map)) };
  },
});

type Setting = Pick<LossSetting, 'studentShapes'> & {
  readonly params: { readonly k: number; readonly planes: number };
};

function networkOf({ params, studentShapes }: Setting): FactorNetwork {
  const [, , channels] = studentShapes.layer1;
  return { channels, planes: planesOf(channels, params), batchNorm: false };
}
