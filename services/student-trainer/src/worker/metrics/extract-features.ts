import { fillBatch, type LoadedData, type SplitName } from '@lyceum/data';
import { tf } from '@lyceum/engine';
import type { Model } from '@lyceum/models';
import type { Features } from './features.js';

const batchSize = 250;

/** The tap's output for each sample of a split, in its order and not augmented; of a map, the mean over its places. */
export function extractFeatures(data: LoadedData, split: SplitName, model: Model, tap: string): Features {
  const { count } = data[split];
  const parts: Float32Array[] = [];
  for (let start = 0; start < count; start += batchSize) {
    const indices = Int32Array.from({ length: Math.min(batchSize, count - start) }, (_, i) => start + i);
    const pixels = fillBatch(data, split, indices, 0);
    // Read inside of `tidy`, but not returned by it: it would look for tensors in every single number.
    tf.tidy(() => {
      const images = tf.tensor4d(pixels, [indices.length, ...data.shape]);
      const output = model.forward(images, [tap], { training: false })[tap];
      const rows = output.rank === 4 ? tf.mean(output, [1, 2]) : output;
      parts.push(rows.dataSync<'float32'>());
    });
  }
  const rows = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (rows.set(part, at), at + part.length), 0);
  return { rows, width: rows.length / count, count };
}
