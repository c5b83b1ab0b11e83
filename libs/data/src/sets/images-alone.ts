import { invalidField } from '@lyceum/errors';
import type { DataContent, ReadRequest, Shape } from '../data-set.js';
import { allocateSplit } from '../samples.js';

const defaultCount = 20_000;
/** Most bytes of pixels of a made-up set: anybody may name any size, also to a service that others use. */
export const byteLimit = 2 ** 31;

/**
 * How many images are made: the training limit.
 * @throws LyceumError INVALID_FIELD `trainLimit` for more than fit into 2 GiB.
 */
export function imageCount({ trainLimit: count = defaultCount }: ReadRequest, shape: Shape): number {
  const fitting = Math.floor(byteLimit / (shape[0] * shape[1] * shape[2]));
  if (count <= fitting) return count;
  throw invalidField(
    'trainLimit',
    `may be ${fitting} for images of ${shape.join('x')} (2 GiB of pixels), found ${count}`,
  );
}

/** The seed after the colon of a set's name; 0 where there is none. */
export function seedOf({ variant = '0' }: ReadRequest, name: string): number {
  const seed = /^\d{1,15}$/.test(variant) ? Number(variant) : NaN;
  if (Number.isSafeInteger(seed)) return seed;
  throw invalidField('name', `must be ${name}:SEED with a whole number, found "${name}:${variant}"`);
}

/** Images to be filled, and nothing else. */
export function imagesAlone(shape: Shape, count: number, source: string): DataContent {
  const channels = new Array<number>(shape[2]);
  return {
    shape,
    classes: [],
    normalization: { mean: channels.fill(0), std: [...channels].fill(1) },
    source,
    train: allocateSplit(count, shape[0] * shape[1] * shape[2]),
    test: allocateSplit(0, 0),
  };
}
