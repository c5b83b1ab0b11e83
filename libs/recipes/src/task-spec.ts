import { z } from 'zod';
import { metricSchema } from './metric-schema.js';
import { dataSchema } from './data-schema.js';
import { lossSchema, modelSchema } from './schema.js';
import { trainingSchema } from './training-schema.js';

const viewPixels = z.int().min(4).optional();

const networkSchema = z.strictObject({
  /** Key of its weights in the run's artifacts ... */
  weights: z.string().optional(),
  /** ... or a file outside of it ... */
  file: z.string().optional(),
  /** ... or several to choose from; one is chosen before the task starts, see `withChosen`. */
  best: z
    .array(z.strictObject({ task: z.string(), weights: z.string(), architecture: z.string(), viewPixels }))
    .min(1)
    .optional(),
  /** Of several, the first one's; so is what follows. */
  architecture: z.string(),
  /** Longer side of the images as it sees them; absent: those of the data. */
  viewPixels,
});

const taskTeacherSchema = networkSchema.extend({
  /** Name under which losses refer to it. */
  name: z.string(),
  dtype: z.enum(['fp32', 'fp16', 'bf16']),
});

const taskLossSchema = lossSchema.extend({
  as: z.string(),
  /** A file, or a key of the run's artifacts. */
  constants: z
    .union([z.strictObject({ file: z.string() }), z.strictObject({ artifact: z.string() })])
    .optional(),
  teacherTaps: z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)])),
  /** Teacher taps by slot that an earlier task chose. */
  selectedTaps: z
    .record(z.string(), z.strictObject({ selection: z.string(), point: z.int().min(1).optional() }))
    .optional(),
});

/** A training of one student, complete in itself: what a trainer is given. */
export const trainTaskSchema = z.strictObject({
  kind: z.literal('train'),
  stage: z.string(),
  task: z.string(),
  /** Seed of the network's initialisation and of the losses' choices. */
  seed: z.int(),
  /** Seed of the order of samples and of their augmentation: the same for all that share keys. */
  dataSeed: z.int(),
  data: dataSchema,
  model: modelSchema,
  training: trainingSchema,
  losses: z.array(taskLossSchema).min(1),
  teachers: z.array(taskTeacherSchema),
  /** Names of the other students of a co-training stage, in the recipe's order. */
  peers: z.array(z.string()),
  /** This student's own name among them. */
  self: z.string().optional(),
  init: z
    .strictObject({ weights: z.string(), upTo: z.string().optional(), part: z.string().optional() })
    .optional(),
  /** Parts of the network that stay as they are. */
  freeze: z.array(z.string()).optional(),
  trainOnlyUpTo: z.string().optional(),
});

/** An evaluation of one network, or of several as an ensemble. */
export const evaluateTaskSchema = z.strictObject({
  kind: z.literal('evaluate'),
  stage: z.string(),
  task: z.string(),
  data: dataSchema,
  batchSize: z.int().positive(),
  networks: z.array(networkSchema).min(1),
  metrics: z.array(metricSchema).min(1),
});

/** A choice among the layers of a network, by what they say of some training samples. */
export const selectTaskSchema = z.strictObject({
  kind: z.literal('select'),
  stage: z.string(),
  task: z.string(),
  data: dataSchema,
  network: networkSchema,
  points: z.int().min(1),
  similarity: z.enum(['r2', 'cka_linear', 'cka_rbf']),
  samples: z.int().min(2),
});

/** Asking teachers for the keys of all samples in all views, ahead of the trainings that take them. */
export const cacheTaskSchema = z.strictObject({
  kind: z.literal('cache'),
  stage: z.string(),
  task: z.string(),
  dataSeed: z.int(),
  data: dataSchema,
  /** Whose taps' shapes the keys are made for. */
  model: modelSchema,
  batchSize: z.int().positive(),
  losses: z.array(taskLossSchema).min(1),
  teachers: z.array(taskTeacherSchema).min(1),
});

export const taskSpecSchema = z.discriminatedUnion('kind', [
  trainTaskSchema,
  evaluateTaskSchema,
  selectTaskSchema,
  cacheTaskSchema,
]);

export type TrainTask = z.infer<typeof trainTaskSchema>;
export type EvaluateTask = z.infer<typeof evaluateTaskSchema>;
export type SelectTask = z.infer<typeof selectTaskSchema>;
export type CacheTask = z.infer<typeof cacheTaskSchema>;
export type TaskNetwork = z.infer<typeof networkSchema>;
export type TaskSpec = z.infer<typeof taskSpecSchema>;
export type TaskTeacher = z.infer<typeof taskTeacherSchema>;

/** A task with its place in the run. */
export interface PlannedTask {
  /** `<stage>`, or `<stage>/<part>`: a peer, a generation, one model of several. */
  readonly name: string;
  readonly stage: string;
  /** The stage's kind, for people. */
  readonly kind: string;
  readonly dependsOn: readonly string[];
  /** Tasks of one gang only start together. */
  readonly gang?: string;
  readonly spec: TaskSpec;
}

/** Key of a task's trained weights in the run's artifacts. */
export const weightsKey = (task: string): string => `${task}/weights.safetensors`;
/** Key of a task's evaluation. */
export const evaluationKey = (task: string): string => `${task}/evaluation.json`;
/** Key of the adapters that a task trained. */
export const adaptersKey = (task: string): string => `${task}/adapters.safetensors`;
/** Key of the taps that a task selected. */
export const selectionKey = (task: string): string => `${task}/selection.json`;
/** Key of what a task was computed with, texts by name. */
export const environmentKey = (task: string): string => `${task}/environment.json`;
/** Key of the keys that a peer published in its last steps, for peers that have to go through them again. */
export const peerKeysKey = (task: string): string => `${task}/peer-keys.safetensors`;
/** Prefix of a task's checkpoints. */
export const checkpointPrefix = (task: string): string => `${task}/checkpoints`;
