import { invalidField } from '@lyceum/errors';
import type { DataContent, Split } from './data-set.js';
import { gatherSamples } from './samples.js';

/**
 * Only the samples of some classes, labelled anew in the order in which the classes are named: the other classes are
 * unseen by whoever trains on these.
 * @throws LyceumError INVALID_FIELD `classes` for one that the set does not have.
 */
export function keepClasses(content: DataContent, classes: readonly number[]): DataContent {
  const { shape, train, test } = content;
  const odd = classes.find((label) => content.classes[label] === undefined);
  if (odd !== undefined)
    throw invalidField('classes', `must be from 0 to ${content.classes.length - 1}, found ${odd}`);
  const sampleSize = shape[0] * shape[1] * shape[2];
  return {
    ...content,
    classes: classes.map((label) => content.classes[label]),
    train: kept(train, sampleSize, classes),
    test: kept(test, sampleSize, classes),
  };
}

function kept({ images, labels }: Split, sampleSize: number, classes: readonly number[]): Split {
  const chosen = indicesOf(labels, classes);
  const split = gatherSamples(images, labels, sampleSize, chosen);
  split.labels.forEach((label, position) => {
    split.labels[position] = classes.indexOf(label);
  });
  return split;
}

/** Indices of the samples of some classes, rising. */
export function indicesOf(labels: ArrayLike<number>, classes: readonly number[]): Int32Array {
  return Int32Array.from({ length: labels.length }, (_, index) => index).filter((index) =>
    classes.includes(labels[index]),
  );
}
