import { fillBatch, type LoadedData } from '@lyceum/data';
import { tf } from '@lyceum/engine';
import type { Model } from '@lyceum/models';
import type { AttentionMaps } from './compute-api.js';

const sampleCount = 6;

/** What the taps of attention of a network show of the first test samples; none for one without such taps. */
export function attentionMaps(data: LoadedData, model: Model): AttentionMaps[] {
  const taps = model.taps.filter(({ role }) => role === 'attention').map(({ name }) => name);
  if (taps.length === 0) return [];
  const indices = Int32Array.from({ length: Math.min(sampleCount, data.test.count) }, (_, index) => index);
  const pixels = fillBatch(data, 'test', indices, 0);
  const found: AttentionMaps[] = [];
  tf.tidy(() => {
    const images = tf.tensor4d(pixels, [indices.length, ...data.shape]);
    const outputs = model.forward(images, taps, { training: false });
    for (const tap of taps) {
      const [, ...shape] = (outputs[tap] as tf.Tensor4D).shape;
      const size = shape[0] * shape[1] * shape[2];
      const values = Array.from(outputs[tap].dataSync(), (value) => Number(value.toPrecision(4)));
      const samples = Array.from(indices, (_, row) => values.slice(row * size, (row + 1) * size));
      found.push({ tap, shape, samples });
    }
  });
  return found;
}
