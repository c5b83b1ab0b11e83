import { invalidField, unknownName } from '@lyceum/errors';
import type { DataSet, Shape, SplitName } from './data-set.js';
import { cifar10 } from './sets/cifar-10.js';
import { cifar100 } from './sets/cifar-100.js';
import { fashionMnist } from './sets/fashion-mnist.js';
import { idx } from './sets/idx.js';
import { imageFolder } from './sets/image-folder.js';
import { mnist } from './sets/mnist.js';
import { noise } from './sets/noise.js';
import { oneImage } from './sets/one-image.js';
import { synthetic } from './sets/synthetic.js';

/** Every data set that has a name. */
export const dataSets: readonly DataSet[] = [
  fashionMnist,
  mnist,
  cifar10,
  cifar100,
  idx,
  imageFolder,
  synthetic,
  noise,
  oneImage,
];

/** What can be said of a data set without reading it. */
export interface DataSetDescription {
  readonly name: string;
  readonly description: string;
  readonly origin: string;
  readonly shape: Shape | undefined;
  readonly classes: readonly string[] | undefined;
  readonly counts: Readonly<Record<SplitName, number>> | undefined;
  readonly takesPath: DataSet['takesPath'];
  readonly variant: string | undefined;
  /** Whether it can only be trained from, by `trainFrom`. */
  readonly hasImagesAlone: boolean;
}

/** All data sets, for lists and for checking names. */
export function listDataSets(): DataSetDescription[] {
  return dataSets.map(({ hasImagesAlone = false, ...set }) => {
    const { name, description, origin, shape, classes, counts, takesPath, variant } = set;
    return { name, description, origin, shape, classes, counts, takesPath, variant, hasImagesAlone };
  });
}

/** Whether `loadDataSet` knows the name: that of a set, or `name:variant` where the set has variants. */
export function isDataSetName(name: string): boolean {
  const { base, variant } = splitName(name);
  const set = dataSets.find((candidate) => candidate.name === base);
  return set !== undefined && (variant === undefined || set.variant !== undefined);
}

/** @throws LyceumError UNKNOWN_NAME with the nearest known names, INVALID_FIELD for a variant that it does not have. */
export function findDataSet(name: string): { set: DataSet; variant: string | undefined } {
  const { base, variant } = splitName(name);
  const set = dataSets.find((candidate) => candidate.name === base);
  if (set === undefined) {
    const names = dataSets.map((known) => known.name);
    throw unknownName('data set', base, names, 'name');
  }
  if (variant !== undefined && set.variant === undefined) {
    throw invalidField('name', `"${base}" has no variants, found ":${variant}"; leave it out`);
  }
  return { set, variant };
}

function splitName(name: string): { base: string; variant: string | undefined } {
  const colon = name.indexOf(':');
  return colon < 0
    ? { base: name, variant: undefined }
    : { base: name.slice(0, colon), variant: name.slice(colon + 1) };
}
