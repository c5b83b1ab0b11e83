import { tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { clusterLayers, spreadCentres } from '../layer-clusters.js';
import { layerSimilarities } from '../layer-similarity.js';
import { choice, integer } from '../params.js';
import { numberedNames } from '../slots.js';
import { defineOperator } from './operator.js';

/**
 * Which layers of a teacher to tap (Keser et al.: PURSUhInT, 2023, arXiv 2103.00053): its layers are clustered by the
 * similarity of what they say of a set of samples, and the centres become hint points for any hint loss. X_l [M, C_l]:
 * spatial means of block l; distance = 1 - similarity:
 *
 *     r2: |Q_i^T Q_j|_F^2 / min(C_i, C_j), Q an orthonormal basis of the columns of X, not centred
 *     cka_linear, cka_rbf: <HKH, HLH> / (|HKH| |HLH|), K = X X^T or exp(-|x - y|^2 / (2 median)), H = I - 11^T/M
 *
 * K-means over layer numbers from int(t (L-1)/(K-1)): each layer joins the nearest centre (first on ties, to 1e-5), whose
 * new place is the member closest to int(mean of member numbers), until nothing moves. A public pipeline that says it
 * takes this unchanged was read, not the authors' code. Departure: r2 leaves dependent columns out, and divides by the
 * smaller rank.
 */
export const hintClustering = defineOperator({
  id: 'hint-clustering',
  title: 'Hint points by clustering layers (PURSUhInT)',
  source:
    'Keser et al., PURSUhInT, Expert Systems with Applications 213, 2023 (arXiv 2103.00053); the pipeline efkirmizi/distill code/k_means.py',
  rule: 'k-means of layers under 1 - similarity, centres being layers; hint points are the sorted centres, from 1',
  params: {
    clusters: integer({ default: 3, min: 1, doc: "K, how many hint points; the student's stages" }),
    metric: choice({
      default: 'r2',
      choices: ['r2', 'cka_linear', 'cka_rbf'],
      doc: 'similarity of representations',
    }),
    maxIterations: integer({ default: 80, min: 1, doc: 'most rounds of k-means' }),
  },
  inputs: [{ name: 'hint<l>', doc: '[M, C_l]: spatial means of block l over M samples, l = 1 ... L' }],
  outputs: [
    { name: 'distances', doc: '[L, L]' },
    { name: 'initial', doc: 'int32 [K], first centres, from 0' },
    { name: 'assignment', doc: 'int32 [L], cluster of each layer' },
    { name: 'centres', doc: 'int32 [K], last centres, from 0' },
    { name: 'hintPoints', doc: 'int32 [K], sorted centres, from 1: the blocks to tap' },
  ],
  vectors: { file: 'hint-clustering' },
  run: ({ params, inputs }) => {
    const names = numberedNames('hint', Object.keys(inputs));
    const layers = names.map((name) => inputs[name] as tf.Tensor2D);
    checkLayers(names, layers, params.clusters);
    const similarities = layerSimilarities(layers, params.metric);
    const distances = similarities.map((similarity) => Math.max(0, 1 - similarity));
    const initial = spreadCentres(params.clusters, layers.length);
    const { assignment, centres } = clusterLayers(distances, initial, params.maxIterations);
    const points = [...centres].sort((one, other) => one - other).map((centre) => centre + 1);
    return {
      distances: tf.tensor2d(distances, [layers.length, layers.length]),
      initial: tf.tensor1d([...initial], 'int32'),
      assignment: tf.tensor1d([...assignment], 'int32'),
      centres: tf.tensor1d([...centres], 'int32'),
      hintPoints: tf.tensor1d(points, 'int32'),
    };
  },
});

function checkLayers(names: readonly string[], layers: readonly tf.Tensor2D[], clusters: number): void {
  const [first] = layers;
  layers.forEach((layer, index) => {
    if (layer.rank === 2 && layer.shape[0] === first.shape[0]) return;
    const found = `[${layer.shape.join(', ')}]`;
    throw invalidField(`inputs.${names[index]}`, `must be [${first.shape[0]}, channels], found ${found}`);
  });
  if (clusters <= layers.length) return;
  throw invalidField(
    'params.clusters',
    `must be at most the number of layers, ${layers.length}; found ${clusters}`,
  );
}
