import { z } from 'zod';

const optimizerSchema = z.strictObject({
  name: z.enum(['sgd', 'adam', 'adamw', 'rmsprop']).default('sgd'),
  learningRate: z.number().positive().max(100).default(0.05),
  momentum: z.number().min(0).max(0.9999).default(0.9),
  nesterov: z.boolean().default(false),
  weightDecay: z.number().min(0).max(1).default(5e-4),
  beta1: z.number().min(0).max(0.9999).default(0.9),
  beta2: z.number().min(0).max(0.99999).default(0.999),
});

const scheduleSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('constant'), warmupEpochs: z.number().min(0).default(0) }),
  z.strictObject({
    name: z.literal('multi-step'),
    atEpochs: z.array(z.number().min(0)).min(1),
    factor: z.number().positive().max(1).default(0.1),
    warmupEpochs: z.number().min(0).default(0),
  }),
  z.strictObject({
    name: z.literal('cosine'),
    finalFactor: z.number().min(0).max(1).default(0),
    warmupEpochs: z.number().min(0).default(0),
  }),
]);

/** A training's budget; stages override single fields of `spec.training`. */
export const trainingSchema = z.strictObject({
  epochs: z.int().min(1).max(100_000).default(5),
  batchSize: z.int().min(1).max(4096).default(64),
  optimizer: optimizerSchema.prefault({}),
  schedule: scheduleSchema.prefault({ name: 'cosine' }),
  checkpointSeconds: z
    .number()
    .min(0)
    .default(15)
    .describe('least time between checkpoints; 0: after each step'),
});

export type TrainingPlan = z.infer<typeof trainingSchema>;
export type Schedule = z.infer<typeof scheduleSchema>;
export type OptimizerConfig = z.infer<typeof optimizerSchema>;
