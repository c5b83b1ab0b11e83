import { createRandom } from '@lyceum/random';
import { learningRateAt } from '@lyceum/recipes';
import { innerProduct, type Features } from './features.js';

export interface ProbeOptions {
  readonly classCount: number;
  readonly epochs: number;
  /** At the start; falls to 0 along a cosine. */
  readonly learningRate: number;
}

const batchSize = 256;
const momentum = 0.9;
const schedule = { name: 'cosine', finalFactor: 0, warmupEpochs: 0 } as const;

/** Features on the scale on which a probe was trained, as a batch norm without parameters has them. */
interface Scale {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** A linear classifier of features. */
export interface Probe {
  /** The class of each sample: `[count]`. */
  classify(features: Features): Int32Array;
}

/**
 * Multinomial logistic regression on features of mean 0 and deviation 1, by SGD with momentum in batches of 256, from
 * zeros, in an order that is the same each time.
 * @param labels `[count]`, below `classCount`.
 */
export function trainProbe(features: Features, labels: Int32Array, options: ProbeOptions): Probe {
  const { classCount, epochs, learningRate } = options;
  const scale = scaleOf(features);
  const samples = scaled(features, scale);
  const weights: Features = withRows(classCount, samples.width);
  const velocity = new Float32Array(weights.rows.length);
  const gradient = new Float32Array(weights.rows.length);
  const stepsPerEpoch = Math.ceil(samples.count / batchSize);
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const order = createRandom(0, 'linear-probe', epoch).permutation(samples.count);
    for (let step = 0; step < stepsPerEpoch; step += 1) {
      const batch = order.subarray(step * batchSize, (step + 1) * batchSize);
      gradient.fill(0);
      for (const index of batch) addGradient(samples, index, labels[index], weights, gradient);
      const rate = learningRate * learningRateAt(schedule, epoch + step / stepsPerEpoch, epochs);
      for (let i = 0; i < gradient.length; i += 1) {
        velocity[i] = momentum * velocity[i] + gradient[i] / batch.length;
        weights.rows[i] -= rate * velocity[i];
      }
    }
  }
  return { classify: (others) => classesOf(scaled(others, scale), weights) };
}

/** Adds a sample's `(p - y) x^T` to the gradient. */
function addGradient(
  samples: Features,
  index: number,
  label: number,
  weights: Features,
  gradient: Float32Array,
): void {
  const { width } = samples;
  const logits = Array.from({ length: weights.count }, (_, c) => innerProduct(weights, c, samples, index));
  const largest = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  exponentials.forEach((value, c) => {
    const error = value / sum - (c === label ? 1 : 0);
    const [to, from] = [c * width, index * width];
    for (let i = 0; i < width; i += 1) gradient[to + i] += error * samples.rows[from + i];
  });
}

function classesOf(samples: Features, weights: Features): Int32Array {
  return Int32Array.from({ length: samples.count }, (_, index) => {
    const logits = Array.from({ length: weights.count }, (_, c) => innerProduct(weights, c, samples, index));
    return logits.indexOf(Math.max(...logits));
  });
}

function scaleOf({ rows, width, count }: Features): Scale {
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  rows.forEach((value, i) => (mean[i % width] += value / count));
  rows.forEach((value, i) => (square[i % width] += (value - mean[i % width]) ** 2 / count));
  // A feature that never changes tells nothing.
  return { mean, deviation: square.map((value) => Math.sqrt(value) || 1) };
}

/** With a 1 behind each row, whose weight is the bias. */
function scaled({ rows, width, count }: Features, { mean, deviation }: Scale): Features {
  const out = withRows(count, width + 1);
  for (let row = 0; row < count; row += 1) {
    for (let i = 0; i < width; i += 1)
      out.rows[row * (width + 1) + i] = (rows[row * width + i] - mean[i]) / deviation[i];
    out.rows[row * (width + 1) + width] = 1;
  }
  return out;
}

const withRows = (count: number, width: number): Features => ({
  rows: new Float32Array(count * width),
  width,
  count,
});
