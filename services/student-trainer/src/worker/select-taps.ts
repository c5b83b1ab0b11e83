import { fillBatch, type LoadedData } from '@lyceum/data';
import { tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { findOperator, parseParams } from '@lyceum/losses';
import { isSelectableTap, type Model } from '@lyceum/models';
import type { SelectTask } from '@lyceum/recipes';
import type { Selection } from './selection.js';

const batchSize = 100;

/**
 * Clusters the layers of a network by the spatial means of their outputs on some training samples, evenly spaced over
 * the split and not augmented, and chooses the layer at the centre of each cluster.
 * @throws LyceumError INVALID_FIELD for fewer samples than the similarity needs.
 */
export function selectTaps(task: SelectTask, data: LoadedData, model: Model): Selection {
  const layers = model.taps.filter(isSelectableTap);
  const names = layers.map(({ name }) => name);
  const sampleCount = Math.min(task.samples, data.train.count);
  const widest = Math.max(...layers.map(({ shape }) => shape[2]));
  if (task.similarity === 'r2' && sampleCount <= widest) {
    const found = `the data has ${data.train.count}`;
    throw invalidField('samples', `must be above the ${widest} channels of the widest layer, ${found}`);
  }
  const operator = findOperator('hint-clustering');
  const params = parseParams(operator.params, { clusters: task.points, metric: task.similarity });
  return tf.tidy(() => {
    const means = spatialMeans(data, model, names, sampleCount);
    const inputs = Object.fromEntries(means.map((mean, index) => [`hint${index + 1}`, mean]));
    const { hintPoints, distances, assignment } = operator.run({ params, inputs, weights: {} });
    return {
      taps: Array.from(hintPoints.dataSync(), (point) => names[point - 1]),
      layers: names,
      distances: distances.arraySync() as number[][],
      assignment: [...assignment.dataSync()],
      similarity: task.similarity,
      sampleCount,
    };
  });
}

/** Of each layer, `[sampleCount, channels]`. */
function spatialMeans(
  data: LoadedData,
  model: Model,
  names: readonly string[],
  sampleCount: number,
): tf.Tensor2D[] {
  const rows: tf.Tensor2D[][] = names.map(() => []);
  for (let start = 0; start < sampleCount; start += batchSize) {
    const count = Math.min(batchSize, sampleCount - start);
    const indices = Int32Array.from({ length: count }, (_, i) =>
      Math.floor(((start + i) * data.train.count) / sampleCount),
    );
    const means = tf.tidy(() => {
      const images = tf.tensor4d(fillBatch(data, 'train', indices, 0), [count, ...data.shape]);
      const outputs = model.forward(images, names, { training: false });
      return names.map((name) => tf.mean<tf.Tensor2D>(outputs[name], [1, 2]));
    });
    means.forEach((mean, layer) => rows[layer].push(mean));
  }
  return rows.map((parts) => tf.concat2d(parts, 0));
}
