import { z } from 'zod';

/** Names of stages, models and peers: they become parts of file names and addresses. */
export const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'must be lower case letters, digits and dashes, at most 40');

/** A stage, or one network of several: `kd`, `mutual/a`, `born-again/2`, `chain/small`. */
export const stageRef = z.string().regex(/^[a-z0-9-]+(\/[a-z0-9-]+)?$/, 'must be a stage, or `stage/part`');

/** Networks of which one is taken at run time. */
export const bestSchema = z
  .array(stageRef)
  .min(2)
  .describe('stages, of which that with the best validation accuracy is taken when all are done');

/** A network that is used as it is; which field is given says where it comes from. */
export interface NetworkRef {
  readonly stage?: string | undefined;
  readonly model?: string | undefined;
  readonly best?: readonly string[] | undefined;
  readonly viewPixels?: number | undefined;
}

export const networkFields = {
  stage: stageRef.optional().describe('stage whose trained network it is'),
  model: name.optional().describe('model of this recipe that has weights of its own'),
  best: bestSchema.optional(),
  viewPixels: z
    .int()
    .min(4)
    .max(512)
    .optional()
    .describe('longer side of the images as it sees them; default: the one that it was trained at'),
};

export const isOneNetwork = ({ stage, model, best }: NetworkRef): boolean =>
  [stage, model, best].filter((given) => given !== undefined).length === 1;
export const oneNetwork = 'needs one of `stage`, `model` and `best`';

/** A stage's models, where it has several. */
export const modelsSchema = z
  .array(name)
  .min(1)
  .refine((names) => new Set(names).size === names.length, 'names a model twice')
  .optional();
export const isOneOrSeveral = (stage: {
  model?: string | undefined;
  models?: string[] | undefined;
}): boolean => (stage.model === undefined) !== (stage.models === undefined);
export const oneOrSeveral = { path: ['model'], message: 'needs either `model` or `models`' };
