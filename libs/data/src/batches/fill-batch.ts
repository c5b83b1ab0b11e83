import { invalidField, LyceumError } from '@lyceum/errors';
import type { LoadedData, Shape, Split, SplitName } from '../data-set.js';
import { checkAugmentation, isBatchBound, type Augmentation } from './augmentation.js';
import { copyShifted, copyWhole, cutOut, type CopyPlan } from './copy-sample.js';
import { boxOfBatch, mixBatch } from './mix-batch.js';
import { normalizePixels } from './normalize-pixels.js';
import { draws, drawInteger, viewKey } from './sample-draws.js';
import { scaleArea } from './scale-area.js';

type Indices = ArrayLike<number>;

/** Raw pixels on their way to be normalised; kept, because a batch is made at every step. */
let scratch = new Uint8Array(0);
/** The same for images that are made smaller; both are in use at once. */
let storedScratch = new Uint8Array(0);

/**
 * Writes the images of the named samples, `[N, H, W, C]` flat. Into a Uint8Array: raw pixels. Into a Float32Array
 * (or without `out`, into a new one): the same pixels normalised. What augmentation does to a sample is decided by
 * its seed, the view and the sample's index alone: the same bits in every process, in any batch; what cutmix does, by
 * the batch's other indices too.
 *
 * @param view Names one look at the data, usually the epoch; a whole number of at least 0.
 * @param augmentation Absent: none.
 * @throws LyceumError INDEX_OUT_OF_RANGE `indices[3]`, INVALID_FIELD `view` or `augmentation.*`, SHAPE_MISMATCH `out`.
 */
export function fillBatch(
  data: LoadedData,
  split: SplitName,
  indices: Indices,
  view: number,
  augmentation: Augmentation | undefined,
  out: Uint8Array,
): Uint8Array;
export function fillBatch(
  data: LoadedData,
  split: SplitName,
  indices: Indices,
  view: number,
  augmentation?: Augmentation,
  out?: Float32Array,
): Float32Array;
export function fillBatch(
  data: LoadedData,
  split: SplitName,
  indices: Indices,
  view: number,
  augmentation?: Augmentation,
  out: Uint8Array | Float32Array = new Float32Array(indices.length * data.sampleSize),
): Uint8Array | Float32Array {
  const size = indices.length * data.sampleSize;
  checkRequest(data[split], split, indices, view, out.length, size);
  if (out instanceof Uint8Array) {
    fillPixels(data, data[split], indices, view, augmentation, out);
    return out;
  }
  if (scratch.length < size) scratch = new Uint8Array(size);
  const pixels = scratch.subarray(0, size);
  fillPixels(data, data[split], indices, view, augmentation, pixels);
  return normalizePixels(pixels, data.normalization, out);
}

function fillPixels(
  { shape, storedShape }: LoadedData,
  split: Split,
  indices: Indices,
  view: number,
  augmentation: Augmentation | undefined,
  out: Uint8Array,
): void {
  if (storedShape === undefined) {
    fillStored(shape, split, indices, view, augmentation, out);
    return;
  }
  const size = indices.length * storedShape[0] * storedShape[1] * storedShape[2];
  if (storedScratch.length < size) storedScratch = new Uint8Array(size);
  const stored = storedScratch.subarray(0, size);
  fillStored(storedShape, split, indices, view, augmentation, stored);
  scaleArea(stored, storedShape, out, shape, indices.length);
}

function fillStored(
  shape: Shape,
  { images }: Split,
  indices: Indices,
  view: number,
  augmentation: Augmentation | undefined,
  out: Uint8Array,
): void {
  const [height, width, channels] = shape;
  const sampleSize = height * width * channels;
  const plan: CopyPlan = { from: images, to: out, height, width, channels };
  if (augmentation === undefined) {
    for (let n = 0; n < indices.length; n += 1) copyWhole(plan, indices[n] * sampleSize, n * sampleSize);
    return;
  }
  checkAugmentation(augmentation);
  const { padCropPixels: pad, flip, cutoutPixels: side, seed } = augmentation;
  const key = viewKey(seed, view);
  for (let n = 0; n < indices.length; n += 1) {
    const index = indices[n];
    const target = n * sampleSize;
    const down = drawInteger(key, index, draws.cropRow, 2 * pad + 1) - pad;
    const right = drawInteger(key, index, draws.cropColumn, 2 * pad + 1) - pad;
    const isMirrored = flip && drawInteger(key, index, draws.flip, 2) === 1;
    copyShifted(plan, index * sampleSize, target, down, right, isMirrored);
    if (side === 0) continue;
    const row = drawInteger(key, index, draws.cutoutRow, height);
    cutOut(plan, target, row, drawInteger(key, index, draws.cutoutColumn, width), side);
  }
  if (!isBatchBound(augmentation)) return;
  const { cutmixAlpha = 0 } = augmentation;
  mixBatch(out, boxOfBatch({ seed, view, indices }, cutmixAlpha, height, width), shape);
}

function checkRequest(
  { count }: Split,
  split: SplitName,
  indices: Indices,
  view: number,
  outLength: number,
  size: number,
): void {
  for (let n = 0; n < indices.length; n += 1) {
    const index = indices[n];
    if (Number.isInteger(index) && index >= 0 && index < count) continue;
    const field = `indices[${n}]`;
    const description = `must be 0 to ${count - 1} (the ${split} split has ${count} samples), found ${index}`;
    throw new LyceumError('INDEX_OUT_OF_RANGE', `${field}: ${description}`, {
      violations: [{ field, description }],
    });
  }
  if (!Number.isSafeInteger(view) || view < 0) {
    throw invalidField('view', `must be a whole number of at least 0, found ${view}`);
  }
  if (outLength !== size) {
    const description = `has room for ${outLength} values, the batch has ${size}`;
    throw new LyceumError('SHAPE_MISMATCH', `out: ${description}`, {
      violations: [{ field: 'out', description }],
    });
  }
}
