import { createRandom } from '@lyceum/random';
import type { DataContent, DataSet, ReadRequest, Shape } from '../data-set.js';
import { imagesAlone, imageCount, seedOf } from './images-alone.js';

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
  const random = createRandom(seed, 'noise');
  const { images } = content.train;
  for (let at = 0; at < images.length; at += 4) {
    const word = random.uint32();
    for (let i = 0; i < 4 && at + i < images.length; i += 1) images[at + i] = word >>> (8 * i);
  }
  return content;
}
