import { invalidField, invalidFields } from '@lyceum/errors';
import type { DataContent, DataSet, ReadRequest, Shape, Split, SplitName } from '../data-set.js';
import { measureNormalization } from '../measure-normalization.js';
import { allocateSplit } from '../samples.js';
import { byteLimit } from './images-alone.js';
import { randomBytes } from './random-bytes.js';

const variantPattern = /^(\d+)x(\d+)x(\d+)(?:\/(\d+))?(?:\/(\d+))?$/;
const sideLimit = 1024;
const defaults = { train: 10000, test: 2000, classCount: 10, seed: 0, pixels: 32 };

/**
 * Made-up images for benchmarks and tests: the mean of seeded noise and of a random pattern of the class, so that a
 * network has something to learn. Sample i is of class i mod classes; limits decide how many there are.
 */
export const synthetic: DataSet = {
  name: 'synthetic',
  description: 'made-up images of any shape, for benchmarks',
  origin:
    'computed; trainLimit and testLimit give the counts (default 10000 and 2000, at most 2 GiB of pixels)',
  takesPath: 'never',
  isResizable: true,
  variant: 'HEIGHTxWIDTHxCHANNELS/CLASSES/SEED, for instance synthetic:28x28x1/10; default 32x32x3/10/0',
  read,
};

async function read(request: ReadRequest): Promise<DataContent> {
  const { shape: own, classCount, seed } = parseVariant(request);
  const shape = request.variant === undefined ? (request.shape ?? own) : own;
  const counts = { train: request.trainLimit ?? defaults.train, test: request.testLimit ?? defaults.test };
  checkSize(counts, shape);
  const make = (split: SplitName) => makeSplit(seed, split, counts[split], shape, classCount);
  const train = make('train');
  return {
    shape,
    classes: Array.from({ length: classCount }, (_, label) => `class ${label}`),
    normalization: measureNormalization(train.images, shape[2]),
    source: `computed from seed ${seed}`,
    train,
    test: make('test'),
  };
}

/** Refuses more than fits, under the limits that decide how many samples there are. */
function checkSize(
  { train, test }: Readonly<Record<SplitName, number>>,
  [height, width, channels]: Shape,
): void {
  const fitting = Math.floor(byteLimit / (height * width * channels));
  if (train + test <= fitting) return;
  const samples = `samples of ${height}x${width}x${channels} (2 GiB of pixels)`;
  const description = `train and test may have ${fitting} ${samples} together, found ${train} and ${test}`;
  const tooMany = [
    { field: 'trainLimit', count: train },
    { field: 'testLimit', count: test },
  ].filter(({ count }) => count > fitting);
  const named = tooMany.length > 0 ? tooMany : [{ field: 'trainLimit' }];
  throw invalidFields(named.map(({ field }) => ({ field, description })));
}

function parseVariant({ variant, imagePixels }: ReadRequest): {
  shape: Shape;
  classCount: number;
  seed: number;
} {
  if (imagePixels !== undefined && imagePixels > sideLimit)
    throw invalidField('imagePixels', `must be at most ${sideLimit}, found ${imagePixels}`);
  const side = imagePixels ?? defaults.pixels;
  const { classCount, seed } = defaults;
  if (variant === undefined) return { shape: [side, side, 3], classCount, seed };
  const numbers = variantPattern
    .exec(variant)
    ?.slice(1)
    .map((text) => (text === undefined ? undefined : Number(text)));
  const [height = 0, width = 0, channels = 0, classes = classCount, chosenSeed = seed] = numbers ?? [];
  const isSound = [height, width].every((n) => n >= 1 && n <= sideLimit) && channels >= 1 && channels <= 16;
  if (!isSound || classes < 1 || classes > 100_000) {
    const wanted =
      'must be HEIGHTxWIDTHxCHANNELS/CLASSES/SEED (sides to 1024, channels to 16), such as synthetic:32x32x3/100';
    throw invalidField('name', `${wanted}, found "synthetic:${variant}"`);
  }
  return {
    shape: [imagePixels ?? height, imagePixels ?? width, channels],
    classCount: classes,
    seed: chosenSeed,
  };
}

function makeSplit(seed: number, name: string, count: number, shape: Shape, classCount: number): Split {
  const sampleSize = shape[0] * shape[1] * shape[2];
  const split = allocateSplit(count, sampleSize);
  const patterns = new Map<number, Uint8Array>();
  const noise = new Uint8Array(sampleSize);
  for (let index = 0; index < count; index += 1) {
    const label = index % classCount;
    const pattern =
      patterns.get(label) ?? randomBytes(new Uint8Array(sampleSize), seed, 'synthetic', 'class', label);
    patterns.set(label, pattern);
    randomBytes(noise, seed, 'synthetic', name, index);
    const start = index * sampleSize;
    for (let i = 0; i < sampleSize; i += 1) split.images[start + i] = (noise[i] + pattern[i]) >> 1;
    split.labels[index] = label;
  }
  return split;
}
