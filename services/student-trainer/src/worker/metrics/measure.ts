import type { LoadedData, SplitName } from '@lyceum/data';
import { tf } from '@lyceum/engine';
import type { Model } from '@lyceum/models';
import {
  knnResult,
  probeResult,
  verificationResult,
  type FeatureMetric,
  type MetricOf,
} from '@lyceum/recipes';
import { extractFeatures } from './extract-features.js';
import { unitRows, type Features } from './features.js';
import { trainProbe } from './linear-probe.js';
import { nearestLabels } from './nearest-neighbours.js';
import { pairsOf, trueAcceptRate } from './verification.js';

type Results = Readonly<Record<string, number>>;
type FeaturesOf = (split: SplitName) => Features;

/** Measures a network by its features; results are shares from 0 to 1. One that there are no samples for is left out. */
export function measureFeatures(data: LoadedData, model: Model, metrics: readonly FeatureMetric[]): Results {
  const known = new Map<string, Features>();
  const featuresAt =
    (tap: string): FeaturesOf =>
    (split) => {
      const key = `${split}/${tap}`;
      const features = known.get(key) ?? extractFeatures(data, split, model, tap);
      known.set(key, features);
      return features;
    };
  const pooled = model.taps.find(({ role }) => role === 'pooled')?.name ?? 'logits';
  const results = metrics.map((metric) => measured(metric, featuresAt(metric.tap ?? pooled), data));
  const all = results.flatMap((some) => Object.entries(some));
  return Object.fromEntries(all.filter(([, value]) => Number.isFinite(value)));
}

function measured(metric: FeatureMetric, features: FeaturesOf, data: LoadedData): Results {
  switch (metric.name) {
    case 'knn':
      return nearest(metric, features, data);
    case 'linear-probe':
      return probed(metric, features, data);
    case 'verification':
      return verified(metric, features, data);
  }
}

/** Rows whose similarities to all training samples are computed at once. */
const blockSize = 250;

function nearest(
  { neighbours }: MetricOf<'knn'>,
  features: FeaturesOf,
  { train, test }: LoadedData,
): Results {
  const [bank, asked] = [unitRows(features('train')), unitRows(features('test'))];
  const { width } = bank;
  const all = tf.tensor2d(bank.rows, [bank.count, width]);
  const right = new Map(neighbours.map((k) => [k, 0]));
  for (let start = 0; start < asked.count; start += blockSize) {
    const rows = asked.rows.subarray(start * width, (start + blockSize) * width);
    const similarities = tf.tidy(() => {
      const some = tf.tensor2d(rows, [rows.length / width, width]);
      return tf.matMul<tf.Tensor2D>(some, all, false, true);
    });
    const nearest = nearestLabels(similarities, train.labels, neighbours);
    similarities.dispose();
    for (const [k, labels] of nearest) {
      const hits = labels.filter((label, row) => label === test.labels[start + row]).length;
      right.set(k, (right.get(k) ?? 0) + hits);
    }
  }
  all.dispose();
  return Object.fromEntries([...right].map(([k, count]) => [knnResult(k), count / asked.count]));
}

function probed(
  { epochs, learningRate }: MetricOf<'linear-probe'>,
  features: FeaturesOf,
  { train, test, classes }: LoadedData,
): Results {
  const options = { classCount: classes.length, epochs, learningRate };
  const found = trainProbe(features('train'), train.labels, options).classify(features('test'));
  const hits = found.filter((label, index) => label === test.labels[index]).length;
  return { [probeResult]: hits / test.count };
}

function verified(
  { falseAccepts, pairs: limit }: MetricOf<'verification'>,
  features: FeaturesOf,
  { test }: LoadedData,
): Results {
  const { all, within, across } = pairsOf(features('test'), test.labels, test.groups, limit);
  const scopes = [['', all] as const, ['Within', within] as const, ['Across', across] as const];
  const rates = scopes.flatMap(([scope, pairs]) => {
    if (pairs === undefined) return [];
    return falseAccepts.map(
      (share) => [verificationResult(share, scope), trueAcceptRate(pairs, share)] as const,
    );
  });
  return Object.fromEntries(rates);
}
