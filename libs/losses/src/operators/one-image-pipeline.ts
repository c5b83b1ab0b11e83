import type { tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { jitterOperations, patchOf, type Box, type HostImage } from '@lyceum/image';
import { hostImages, imageBatch } from '../image/image-batch.js';
import { trainingView } from '../image/training-view.js';
import { boolean, integer, list, number } from '../params.js';
import { defineOperator } from './operator.js';

/**
 * From a picture to a training patch, in the authors' order: cut `box` out and resize it (bicubic, antialiased), rotate
 * and shear about the centre, crop the centre, jitter the colours; then, at training time, gray, solarize, flip and
 * normalise. Float values throughout, where the originals round to 8 bits between their steps.
 */
export const oneImagePipeline = defineOperator({
  id: 'one-image-pipeline',
  title: 'Augmented patch of one image',
  source:
    'Asano, Saeed, ICLR 2023 (arXiv 2112.00725); single-img-extrapolating data_generation/make_single_img_dataset.py and in1k/distill.py',
  rule: 'resized crop, affine, centre crop, clamp, jitter in the given order, gray, solarize (v >= 1/2: 1 - v), flip, normalise',
  params: {
    box: list({ default: [], doc: 'top, left, height, width in the picture; empty: all of it' }),
    resize: integer({ default: 45, min: 1, doc: 'side after resizing; the authors have int(sqrt(2) crop)' }),
    crop: integer({ default: 32, min: 1, doc: 'side of the patch' }),
    angle: number({
      default: 0,
      min: -360,
      max: 360,
      doc: 'rotation in degrees; the authors draw -30 to 30',
    }),
    shear: number({ default: 0, min: -89, max: 89, doc: 'x-shear in degrees; the authors draw -30 to 30' }),
    order: list({
      default: [],
      doc: 'jitter to apply: 0 brightness, 1 contrast, 2 saturation, 3 hue; empty: none',
    }),
    factors: list({
      default: [1, 1, 1, 0],
      length: 4,
      doc: 'strength of each jitter operation by number; 1, 1, 1, 0 change nothing',
    }),
    grayscale: boolean({ default: false, doc: 'whether the patch turns gray' }),
    solarize: boolean({ default: false, doc: 'whether bright values are inverted' }),
    flip: boolean({ default: false, doc: 'whether left and right change places' }),
    mean: list({ default: [0.485, 0.456, 0.406], doc: 'subtracted, one number a channel' }),
    std: list({ default: [0.229, 0.224, 0.225], doc: 'divided by, one number a channel' }),
  },
  inputs: [{ name: 'image', doc: '[N, H, W, C] in 0..1, C of 1 or 3' }],
  outputs: [
    { name: 'resized', doc: '[N, resize, resize, C], not clamped' },
    { name: 'affine', doc: '[N, resize, resize, C], 0 outside' },
    { name: 'cropped', doc: '[N, crop, crop, C], clamped to 0..1' },
    { name: 'jittered', doc: '[N, crop, crop, C]: what is stored' },
    { name: 'final', doc: '[N, crop, crop, C], normalised' },
  ],
  vectors: {
    file: 'one-image',
    claims: ({ inputs }) => inputs.includes('image'),
    derived: ['inverseMatrix'],
  },
  run: ({ params, inputs }) => {
    const pictures = hostImages(inputs.image as tf.Tensor4D);
    check(params, pictures[0]);
    const patches = pictures.map((picture) =>
      patchOf(picture, { ...params, box: boxOf(params.box, picture) }),
    );
    const images = {
      resized: patches.map(({ resized }) => resized),
      affine: patches.map(({ affine }) => affine),
      cropped: patches.map(({ cropped }) => cropped),
      jittered: patches.map(({ jittered }) => jittered),
      final: patches.map(({ jittered }) => trainingView(jittered, params)),
    };
    return Object.fromEntries(Object.entries(images).map(([name, batch]) => [name, imageBatch(batch)]));
  },
});

function boxOf(box: readonly number[], { height, width }: HostImage): Box {
  return box.length === 0 ? [0, 0, height, width] : [box[0], box[1], box[2], box[3]];
}

interface Checked {
  readonly box: readonly number[];
  readonly resize: number;
  readonly crop: number;
  readonly order: readonly number[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

function check({ box, resize, crop, order, mean, std }: Checked, picture: HostImage): void {
  const { height, width, channels } = picture;
  if (channels !== 1 && channels !== 3)
    throw invalidField('inputs.image', `must have 1 or 3 channels, found ${channels}`);
  if (box.length !== 0 && box.length !== 4)
    throw invalidField('params.box', `must be 4 numbers or none, found ${box.length}`);
  const [top, left, rows, columns] = boxOf(box, picture);
  const fits = top >= 0 && left >= 0 && rows > 0 && columns > 0;
  if (
    ![top, left, rows, columns].every(Number.isInteger) ||
    !fits ||
    top + rows > height ||
    left + columns > width
  )
    throw invalidField('params.box', `must lie in the ${height}x${width} picture, found [${box.join(', ')}]`);
  if (crop > resize) throw invalidField('params.crop', `must be at most resize, ${resize}; found ${crop}`);
  if (order.some((operation) => jitterOperations[operation] === undefined))
    throw invalidField('params.order', `must be numbers of 0 to 3, found [${order.join(', ')}]`);
  if (mean.length !== channels || std.length !== channels)
    throw invalidField('params.mean', `mean and std must have ${channels} numbers, one a channel`);
}
