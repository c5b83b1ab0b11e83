import { invalidField } from '@lyceum/errors';
import { chooseSamples } from './choose-samples.js';
import type { DataContent, DataSet, ReadRequest } from './data-set.js';
import { gatherSamples } from './samples.js';

export interface HoldOutOptions {
  /** How many samples to hold out. */
  readonly count: number;
  /** How many training samples are trained on; undefined: all others. */
  readonly trainLimit: number | undefined;
  readonly choose: (labels: ArrayLike<number>, limit: number | undefined) => Int32Array;
}

/**
 * Training samples that are not trained on: those that a larger limit would choose next, so as many of each class as
 * possible. The samples that are trained on are those of `trainLimit` alone, whoever knows of the others.
 * @returns the held-out samples in the place of the training split, and the limit under which the others are read.
 * @throws LyceumError INVALID_FIELD `validation` when there are not that many.
 */
export async function holdOut(
  set: DataSet,
  request: ReadRequest,
  { count, trainLimit, choose }: HoldOutOptions,
): Promise<{ content: DataContent; trainLimit: number }> {
  const limit = trainLimit === undefined ? undefined : trainLimit + count;
  const whole = await set.read({
    ...request,
    trainLimit: limit,
    // Its test images are not wanted, and there is no asking for none.
    testLimit: 1,
    choose: (split, labels) => choose(labels, split === 'train' ? limit : 1),
  });
  const { images, labels, count: found } = whole.train;
  const trained = trainLimit ?? found - count;
  const left = trainLimit === undefined ? found - 1 : found - trainLimit;
  if (count > left)
    throw invalidField(
      'validation',
      `must be at most ${Math.max(left, 0)}, the training samples left to hold out, found ${count}`,
    );
  const own = new Set(trained === 0 ? [] : chooseSamples(labels, trained));
  const others = Int32Array.from({ length: found }, (_, index) => index).filter((index) => !own.has(index));
  const sampleSize = whole.shape[0] * whole.shape[1] * whole.shape[2];
  return {
    content: { ...whole, train: gatherSamples(images, labels, sampleSize, others) },
    trainLimit: trained,
  };
}
