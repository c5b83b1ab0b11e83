import type { DataContent, DataSet, ReadRequest, Shape } from '../data-set.js';
import { imagesAlone, imageCount, seedOf } from './images-alone.js';
import { randomBytes } from './random-bytes.js';

const defaultShape: Shape = [32, 32, 3];

/** Uniform noise: what is left of an image when nothing is. */
export const noise: DataSet = {
  name: 'noise',
  description: 'uniform noise to train from, without classes',
  origin: 'computed; trainLimit gives the count (default 20000)',
  takesPath: 'never',
  hasImagesAlone: true,
  variant: 'SEED, for instance noise:7; default 0',
  read,
};

async function read(request: ReadRequest): Promise<DataContent> {
  const shape = request.shape ?? defaultShape;
  const seed = seedOf(request, 'noise');
  const content = imagesAlone(shape, imageCount(request, shape), `computed from seed ${seed}`);
  randomBytes(content.train.images, seed, 'noise');
  return content;
}
