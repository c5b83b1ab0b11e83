import { fillBatch, type LoadedData } from '@lyceum/data';
import { tf } from '@lyceum/engine';
import type { Model } from '@lyceum/models';
import { attentionMaps } from './attention-maps.js';
import type { Evaluation } from './compute-api.js';

const batchSize = 250;

/** A network with the data as it sees them. */
export interface SeeingNetwork {
  readonly model: Model;
  readonly data: LoadedData;
}

/**
 * Evaluates one network, or several as an ensemble (mean of their softmax outputs), on the test split.
 * The loss is the mean cross entropy in nats.
 */
export function evaluateOn(networks: readonly SeeingNetwork[]): Evaluation {
  const [{ data }] = networks;
  const { count, labels } = data.test;
  const classCount = data.classes.length;
  const predictions = new Int32Array(count);
  const confusion = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  let loss = 0;
  for (let start = 0; start < count; start += batchSize) {
    const indices = Int32Array.from({ length: Math.min(batchSize, count - start) }, (_, i) => start + i);
    const probabilities = predict(networks, indices);
    indices.forEach((index, row) => {
      const scores = probabilities.subarray(row * classCount, (row + 1) * classCount);
      const best = scores.indexOf(Math.max(...scores));
      predictions[index] = best;
      confusion[labels[index]][best] += 1;
      loss -= Math.log(Math.max(scores[labels[index]], 1e-30));
    });
  }
  const attention = networks.length > 1 ? [] : attentionMaps(data, networks[0].model);
  const right = confusion.reduce((sum, row, actual) => sum + row[actual], 0);
  return {
    accuracy: right / count,
    loss: loss / count,
    sampleCount: count,
    classes: data.classes,
    confusion,
    predictions: [...predictions],
    ...(attention.length === 0 ? {} : { attention }),
  };
}

function predict(networks: readonly SeeingNetwork[], indices: Int32Array): Float32Array {
  return tf.tidy(() => {
    const outputs = networks.map(({ model, data }) => {
      const pixels = fillBatch(data, 'test', indices, 0);
      const images = tf.tensor4d(pixels, [indices.length, ...data.shape]);
      return tf.softmax(model.forward(images, ['logits'], { training: false }).logits);
    });
    return tf.div(tf.addN(outputs), outputs.length).dataSync() as Float32Array;
  });
}
