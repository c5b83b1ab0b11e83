import { z } from 'zod';

const tap = z.string().optional().describe('tap whose output is the feature; default: the pooled feature');

const knnSchema = z.strictObject({
  name: z.literal('knn'),
  tap,
  neighbours: z
    .array(z.int().min(1).max(1000))
    .min(1)
    .default([1, 20])
    .describe('how many training samples, nearest by cosine, vote for a test sample'),
});

const probeSchema = z.strictObject({
  name: z.literal('linear-probe'),
  tap,
  epochs: z.int().min(1).max(1000).default(40).describe('over the training samples'),
  learningRate: z.number().positive().max(100).default(0.1),
});

const verificationSchema = z.strictObject({
  name: z.literal('verification'),
  tap,
  falseAccepts: z
    .array(z.number().positive().max(0.5))
    .min(1)
    .default([0.01, 0.1])
    .describe('shares of pairs of two classes that may be taken for one'),
  pairs: z
    .int()
    .min(100)
    .max(50_000_000)
    .default(5_000_000)
    .describe('how many pairs of test samples at most; of more, so many are drawn'),
});

const accuracySchema = z.strictObject({ name: z.literal('accuracy') });

const whole = z.discriminatedUnion('name', [accuracySchema, knnSchema, probeSchema, verificationSchema]);

/** How a network is measured: a name, or an object with the metric's own fields. */
export const metricSchema = z.union([
  z
    .enum(['accuracy', 'knn', 'linear-probe', 'verification'])
    .transform((name): z.infer<typeof whole> => whole.parse({ name })),
  whole,
]);

export type Metric = z.infer<typeof whole>;
export type FeatureMetric = Exclude<Metric, { name: 'accuracy' }>;
export type MetricOf<Name extends Metric['name']> = Extract<Metric, { name: Name }>;

/** Pairs of all samples, and where samples have groups: of one group, and of two. */
const pairScopes = ['', 'Within', 'Across'] as const;

/** Name of the share of test samples whose label k nearest training samples give. */
export const knnResult = (k: number): string => `knn${k}`;

/** Name of the share of test samples that a linear probe classifies rightly. */
export const probeResult = 'linearProbe';

/** Name of a true accept rate: `verification1` at 1 % false accepts, `verification0.1Across` at 0.1 % across groups. */
export const verificationResult = (falseAccepts: number, scope: (typeof pairScopes)[number]): string =>
  `verification${Number((100 * falseAccepts).toPrecision(6))}${scope}`;

/** Names of the results of a metric, each a share from 0 to 1. */
export function metricResults(metric: Metric): string[] {
  switch (metric.name) {
    case 'accuracy':
      return ['accuracy'];
    case 'knn':
      return metric.neighbours.map(knnResult);
    case 'linear-probe':
      return [probeResult];
    case 'verification':
      return metric.falseAccepts.flatMap((share) =>
        pairScopes.map((scope) => verificationResult(share, scope)),
      );
  }
}
