import { cutoutLimit, nuisanceNames, padCropLimit } from '@lyceum/data';
import { z } from 'zod';

const augmentationFields = {
  padCropPixels: z.int().min(0).max(padCropLimit),
  flip: z.boolean(),
  cutoutPixels: z.int().min(0).max(cutoutLimit),
  cutmixAlpha: z
    .number()
    .min(0)
    .max(1)
    .describe(
      'above 0, a box of each image comes from another one of the batch, and the share that stays is drawn from ' +
        'Beta(alpha, alpha); no label is mixed, so it is for losses that learn from a teacher alone',
    ),
};

const augmentationSchema = z.strictObject({
  padCropPixels: augmentationFields.padCropPixels.default(0),
  flip: augmentationFields.flip.default(false),
  cutoutPixels: augmentationFields.cutoutPixels.default(0),
  cutmixAlpha: augmentationFields.cutmixAlpha.default(0),
});

/** See `Nuisance` of @lyceum/data. */
const nuisanceSchema = z
  .strictObject({
    name: z.enum(nuisanceNames).describe('rotation: turned, and blurred'),
    bins: z.int().min(2).max(36).default(5).describe('degrees of change, the unchanged one among them'),
    degrees: z.number().min(-180).max(180).default(90).describe('angle of the last bin, counter-clockwise'),
    blur: z.int().min(0).max(8).default(0).describe('passes of a 3x3 mean in the last bin'),
    share: z.number().min(0).max(1).default(0.5).describe('share of the samples that are changed'),
    seed: z.int().default(0).describe('of which sample is changed by how much'),
  })
  .describe('a change of images that has nothing to do with their class; each sample knows its bin');

const trainFromSchema = z
  .strictObject({
    name: z.string().describe('data set, see `lyceum data list`; those without classes are for this place'),
    path: z.string().optional().describe('its folder or file: the photograph of one-image'),
    trainLimit: z.int().positive().optional().describe('use, or make, so many images'),
  })
  .describe(
    'takes the training images from another set, without labels; classes, test images and normalisation stay',
  );

const viewsSchema = z
  .union([z.int().min(1).max(1000), z.literal('fresh')])
  .describe('how many augmented views a sample has; epochs take them in turn; "fresh": a new one each epoch');

/** Fields that may be absent, and then mean nothing. */
const optionalFields = {
  path: z.string().optional().describe('folder or file of the data, for sets that are not fetched by name'),
  trainLimit: z
    .int()
    .positive()
    .optional()
    .describe('use only so many training samples, as many of each class'),
  testLimit: z.int().positive().optional().describe('use only so many test samples'),
  validation: z
    .int()
    .positive()
    .optional()
    .describe(
      'hold out so many training samples, beyond those of trainLimit, as many of each class: what `best` goes by',
    ),
  imagePixels: z
    .int()
    .min(8)
    .max(512)
    .optional()
    .describe(
      'side to which images of a folder are resized; default: 32, or their own if all are alike and small',
    ),
  viewPixels: z
    .int()
    .min(4)
    .max(512)
    .optional()
    .describe(
      'longer side of the images as the networks in training see them: augmented, then scaled by area; teachers see ' +
        'the size that they were trained at',
    ),
  classes: z
    .array(z.int().min(0))
    .min(1)
    .refine((labels) => new Set(labels).size === labels.length, 'names a class twice')
    .optional()
    .describe(
      'keep only these classes, by their place in the set, labelled anew from 0; limits count them alone',
    ),
  nuisance: nuisanceSchema.optional(),
  trainFrom: trainFromSchema.optional(),
};

const nameSchema = z
  .string()
  .describe('data set, see `lyceum data list`; default: the folder of images at `path`');

export const dataSchema = z.strictObject({
  name: nameSchema.default('image-folder'),
  ...optionalFields,
  augmentation: augmentationSchema.prefault({}),
  views: viewsSchema.default('fresh'),
});

/** What a stage changes of the recipe's data. */
export const dataChangesSchema = z
  .strictObject({
    name: nameSchema.optional(),
    ...optionalFields,
    augmentation: z.strictObject(augmentationFields).partial().optional(),
    views: viewsSchema.optional(),
  })
  .describe('fields of spec.data to change; of a data set of another name, path and choices start anew');

export type DataConfig = z.infer<typeof dataSchema>;
export type DataChanges = z.infer<typeof dataChangesSchema>;
