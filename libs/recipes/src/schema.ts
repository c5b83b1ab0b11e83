import { z } from 'zod';
import { keyDtypes, keyEncodingFields } from './key-encoding.js';
import { dataChangesSchema, dataSchema } from './data-schema.js';
import { metricSchema } from './metric-schema.js';
import {
  bestSchema,
  isOneNetwork,
  isOneOrSeveral,
  modelsSchema,
  name,
  networkFields,
  oneNetwork,
  oneOrSeveral,
  stageRef,
} from './network-schema.js';
import { trainingSchema } from './training-schema.js';
import { usualStages } from './usual-stages.js';

/** Tap names or a choice such as `maps`, by slot of the loss. */
const namedTaps = z.union([z.string(), z.array(z.string()).min(1)]);
const taps = z.record(z.string(), namedTaps);

/** The taps that a stage selects, shallow to deep, or one of them. */
const selectedTaps = z.strictObject({
  stage: name.describe('stage that selects'),
  point: z.int().min(1).optional().describe('which of them, from 1; default: all'),
});

export const modelSchema = z.strictObject({
  architecture: z.string().describe('see `lyceum models list`'),
  weights: z.string().optional().describe('safetensors file to start from, or to serve as it is'),
});

/** A model, or its architecture alone. */
const namedModelSchema = z.union([
  z
    .string()
    .describe('architecture')
    .transform((architecture): z.infer<typeof modelSchema> => ({ architecture })),
  modelSchema,
]);

export const weightScheduleSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('constant') }),
  z.strictObject({ name: z.literal('linear'), to: z.number(), epochs: z.number().positive() }),
  z.strictObject({ name: z.literal('step'), atEpochs: z.array(z.number()).min(1), factor: z.number() }),
  z.strictObject({ name: z.literal('warm-up'), epochs: z.number().positive() }),
]);

/** How the keys of several teachers become those of one, sample by sample. */
export const combineSchema = z.union([
  z.enum(['average', 'attention', 'choice']),
  z.strictObject({ name: z.literal('attention'), temperature: z.number().positive().max(1000).default(1) }),
]);

export const lossSchema = z.strictObject({
  loss: z.string().min(1).describe('see `lyceum losses list`; `package#loss` for one that a package brings'),
  as: name
    .optional()
    .describe('name in curves and metrics; default: the loss, numbered when it occurs twice'),
  weight: z.number().default(1),
  weightSchedule: weightScheduleSchema.optional(),
  params: z.record(z.string(), z.unknown()).default({}),
  studentTaps: taps.default({}).describe('student taps by slot; default: what the loss asks for'),
  teacherTaps: z
    .record(z.string(), z.union([namedTaps, selectedTaps]))
    .default({})
    .describe('teacher taps by slot: names, or `{ stage: <name> }` for those that a stage selects'),
  constants: z
    .union([z.string().min(1), z.strictObject({ stage: stageRef })])
    .optional()
    .describe(
      'what the loss needs trained beforehand, see `lyceum losses show`: a safetensors file (kernels are ' +
        "[height, width, inputs, outputs]), or `{ stage: <name> }` of a stage whose losses' adapters they are",
    ),
  from: z
    .array(name)
    .min(1)
    .optional()
    .describe(
      'which teachers or peers give the keys, in the order of their parts; default: all of the stage',
    ),
  combine: combineSchema
    .optional()
    .describe(
      'how a loss of one teacher takes several: the average of their keys, weighted by how well each knows the ' +
        "sample's label (attention), or the keys of the one that knows it best (choice)",
    ),
  via: z
    .string()
    .regex(
      /^(in-process|loss-service|(unix|dns|ipv4|ipv6):.+)$/,
      'must be in-process, loss-service or a gRPC address',
    )
    .default('in-process')
    .describe('where the loss is computed'),
  ...keyEncodingFields,
});

const teacherSchema = z
  .strictObject({
    name: name.optional(),
    ...networkFields,
    dtype: keyDtypes,
  })
  .refine(isOneNetwork, oneNetwork);

const initSchema = z.strictObject({
  stage: stageRef.describe('stage whose trained weights to start from'),
  upTo: z.string().optional().describe('tap: only the layers up to it'),
  part: z
    .string()
    .optional()
    .describe('only this part, which both networks have, by the name ahead of its parameters: `encoder`'),
});

/** Stages whose results are not named elsewhere in the stage. */
const after = z
  .array(name)
  .min(1)
  .optional()
  .describe('stages that must have ended before, beside those whose networks or results it takes: `[keys]`');

const stageBase = {
  name,
  after,
  seed: z
    .int()
    .optional()
    .describe(
      'seed of initialisation and order; default: spec.seed, + 1 for each generation and for each further peer',
    ),
  training: z.record(z.string(), z.unknown()).default({}).describe('fields of spec.training to change'),
  data: dataChangesSchema.optional(),
  losses: z.array(lossSchema).min(1).optional(),
  init: initSchema.optional(),
  freeze: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('parts that stay as they are, moving statistics included: `[encoder]`, `[conv1, layer1]`'),
  trainOnlyUpTo: z.string().optional().describe('tap: later layers stay as they are and are not run'),
};

export const trainStageSchema = z
  .strictObject({
    ...stageBase,
    kind: z.literal('train'),
    model: name.optional(),
    models: modelsSchema.describe('several in the place of one, each by itself: `<stage>/<model>`'),
  })
  .refine(isOneOrSeveral, oneOrSeveral);

export const distillStageSchema = z
  .strictObject({
    ...stageBase,
    kind: z.literal('distill'),
    model: name.optional(),
    models: modelsSchema.describe(
      'several in the place of one, `<stage>/<model>`: a chain, in which each later one is taught by the one before',
    ),
    each: z.boolean().default(false).describe("of `models`: no chain, the stage's teachers teach each"),
    teachers: z.array(teacherSchema).min(1),
    generations: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe('a chain of one model: each later generation starts afresh and is taught by the one before'),
  })
  .refine(isOneOrSeveral, oneOrSeveral)
  .refine(({ models, each }) => models !== undefined || !each, {
    path: ['each'],
    message: 'goes with `models`',
  })
  .refine(({ models, generations }) => models === undefined || generations === 1, {
    path: ['generations'],
    message: 'go with one `model`; `models` are a chain already',
  });

export const coTrainStageSchema = z.strictObject({
  ...stageBase,
  kind: z.literal('co-train'),
  peers: z.array(z.strictObject({ name, model: name, seed: z.int().optional() })).min(2),
  teachers: z.array(teacherSchema).default([]),
});

export const evaluateStageSchema = z.strictObject({
  name,
  kind: z.literal('evaluate'),
  stages: z
    .array(stageRef)
    .default([])
    .describe('stages whose networks are evaluated; several: as one ensemble'),
  models: z.array(name).default([]).describe('models with weights of their own, likewise'),
  best: bestSchema.optional(),
  data: dataChangesSchema.optional(),
  each: z.boolean().default(false).describe('several networks: each by itself, `<stage>/<network>`'),
  metrics: z
    .array(metricSchema)
    .min(1)
    .default([{ name: 'accuracy' }])
    .describe('how networks are measured; all but accuracy measure features, and need no labels in training'),
});

/** Layers of a network that say different things of the data, by clustering them: PURSUhInT's hint points. */
export const selectStageSchema = z.strictObject({
  name,
  kind: z.literal('select'),
  teacher: z.strictObject(networkFields).refine(isOneNetwork, oneNetwork).describe('whose layers'),
  points: z.int().min(1).max(100).default(3).describe("how many; usually as many as the student's groups"),
  similarity: z
    .enum(['r2', 'cka_linear', 'cka_rbf'])
    .default('r2')
    .describe('by which layers are compared, see the operator `hint-clustering`'),
  data: dataChangesSchema.optional(),
  samples: z.int().min(2).max(100_000).default(2000).describe('training samples that are run through it'),
});

const noLosses = 'name the losses whose keys the teachers are to be asked for';

/** Asks teachers for the keys of every sample in every view, so that stages that distill later find them made. */
export const cacheStageSchema = z.strictObject({
  name,
  after,
  kind: z.literal('cache'),
  seed: stageBase.seed.describe("seed of the augmentation; default: spec.seed, as the later stage's"),
  model: name.describe('the later student: keys are made for the shapes of its taps'),
  teachers: z.array(teacherSchema).min(1),
  losses: z.array(lossSchema, noLosses).min(1, noLosses),
  data: dataChangesSchema.optional(),
});

export const stageSchema = z.discriminatedUnion('kind', [
  trainStageSchema,
  distillStageSchema,
  coTrainStageSchema,
  evaluateStageSchema,
  selectStageSchema,
  cacheStageSchema,
]);

const specSchema = z.strictObject({
  title: z.string().optional(),
  seed: z.int().default(1),
  data: dataSchema,
  models: z.record(name, namedModelSchema),
  training: trainingSchema.prefault({}),
  stages: z
    .array(stageSchema)
    .min(1)
    .optional()
    .describe('default: train the model `teacher` and the model `student`, and distill one into the other'),
  compare: z
    .strictObject({
      teacher: stageRef.optional(),
      alone: stageRef.optional(),
      distilled: z.array(stageRef).default([]),
      metric: z
        .strictObject({
          stage: name.describe('stage that evaluates each of them'),
          result: z.string().describe('name of a result: `knn1`, `linearProbe`, `verification1Across`'),
        })
        .optional()
        .describe("what they are compared by; default: each network's accuracy"),
    })
    .optional()
    .describe('which stages the report sets side by side'),
});

/** With the usual stages where there are none. */
const completeSpecSchema = specSchema.transform(({ stages, ...spec }, context) => {
  if (stages !== undefined) return { ...spec, stages };
  const missing = usualStages.needs.filter((model) => !(model in spec.models));
  if (missing.length > 0) {
    const names = missing.map((model) => `"${model}"`).join(' and ');
    const message = `is required, since there is no model ${names} for the usual stages`;
    context.addIssue({ code: 'custom', path: ['stages'], message });
    return z.NEVER;
  }
  return {
    compare: specSchema.shape.compare.parse(usualStages.compare),
    ...spec,
    stages: z.array(stageSchema).parse(usualStages.stages),
  };
});

export const recipeSchema = z.strictObject({
  apiVersion: z.literal('lyceum.dev/v1alpha1'),
  kind: z.literal('Distillation'),
  metadata: z.strictObject({
    name,
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: completeSpecSchema,
});

export type Recipe = z.infer<typeof recipeSchema>;
export type Stage = z.infer<typeof stageSchema>;
export type LossEntry = z.infer<typeof lossSchema>;
export type WeightSchedule = z.infer<typeof weightScheduleSchema>;
export type Combine = z.infer<typeof combineSchema>;
export type SelectedTaps = z.infer<typeof selectedTaps>;
export type TeacherRef = z.infer<typeof teacherSchema>;
