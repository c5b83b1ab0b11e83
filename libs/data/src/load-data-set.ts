import { invalidFields, type Violation } from '@lyceum/errors';
import { createHash } from 'node:crypto';
import { dataCacheFolder } from './cache-folder.js';
import { chooseSamples } from './choose-samples.js';
import type { DataContent, DataSet, LoadedData, OnProgress, ReadRequest, Shape } from './data-set.js';
import { indicesOf, keepClasses } from './keep-classes.js';
import { nuisanceViolations, type Nuisance } from './nuisance/nuisance.js';
import { withNuisance } from './nuisance/with-nuisance.js';
import { pathViolations } from './path-violations.js';
import { findDataSet } from './registry.js';
import { holdOut } from './hold-out.js';
import { trainSplitFrom } from './train-split-from.js';

/** Which data, and how much of it. Everybody who loads the same spec has the same samples under the same indices. */
export interface DataSpec {
  /** One of `listDataSets()`, for instance "fashion-mnist" or "synthetic:32x32x3/100". */
  readonly name: string;
  /** Folder or file, for sets that are not found by name; empty: none. */
  readonly path?: string | undefined;
  /** Use at most so many training samples, as many of each class as possible (see `chooseSamples`); 0: all. */
  readonly trainLimit?: number | undefined;
  /** The same for test samples. */
  readonly testLimit?: number | undefined;
  /**
   * Hold out so many training samples, as many of each class as possible, to choose by: `validation` of what is loaded.
   * They are beyond those of `trainLimit`; without a limit the others are trained on. 0: none.
   */
  readonly validation?: number | undefined;
  /** Side in pixels to which the images of a folder are resized; 0: 32, or their own if all are alike and at most 64. */
  readonly imagePixels?: number | undefined;
  /**
   * Keep only these classes, by their place in the set, and label them anew from 0 in this order. Limits count what is
   * kept, of made-up sets what there was before; empty: all classes.
   */
  readonly classes?: readonly number[] | undefined;
  /** Changes images in degrees that have nothing to do with their class, and tells each sample's. */
  readonly nuisance?: Nuisance | undefined;
  /**
   * Takes the training images from another set, made of the same size. Their labels, if any, are not used; classes, test
   * images and normalisation stay those of `name`.
   */
  readonly trainFrom?: TrainSource | undefined;
}

/** Training images of another set. */
export interface TrainSource {
  readonly name: string;
  readonly path?: string | undefined;
  /** Use at most so many of them; decides how many are made, of sets that are made up; 0: all. */
  readonly trainLimit?: number | undefined;
}

export interface LoadOptions {
  readonly onProgress?: OnProgress;
  /** Where fetched data is kept; default: `dataCacheFolder()`. */
  readonly cacheFolder?: string;
}

/**
 * Loads a data set into shared memory, fetching it first where needed and possible.
 * @throws LyceumError UNKNOWN_NAME; INVALID_FIELD (`path`, `trainLimit`, ...); CORRUPT_FILE names the file;
 * MISSING_DEPENDENCY says where the set was looked for.
 */
export async function loadDataSet(spec: DataSpec, options: LoadOptions = {}): Promise<LoadedData> {
  const { set, variant } = findDataSet(spec.name);
  checkSpec(spec, set);
  const open = {
    path: spec.path || undefined,
    variant,
    imagePixels: spec.imagePixels || undefined,
    shape: undefined,
    cacheFolder: options.cacheFolder ?? dataCacheFolder(),
    onProgress: options.onProgress ?? (() => {}),
  };
  const choose = (labels: ArrayLike<number>, limit: number | undefined) =>
    chooseAmong(labels, spec.classes ?? [], limit);
  const given = { train: spec.trainLimit || undefined, test: spec.testLimit || undefined };
  const asked = (limits: typeof given): ReadRequest => ({
    ...open,
    trainLimit: limits.train,
    testLimit: limits.test,
    choose: (split, labels) => choose(labels, limits[split]),
  });
  // What is trained on may be another set's.
  const trained = spec.trainFrom === undefined ? given.train : 0;
  const holding = (shape?: Shape) =>
    spec.validation
      ? holdOut(set, { ...asked(given), shape }, { count: spec.validation, trainLimit: trained, choose })
      : undefined;
  const first = await holding();
  const request = asked({ ...given, train: first?.trainLimit || given.train });
  const read = await set.read(request);
  // Where images decide their common shape, those held out may have had another one by themselves.
  const isAlike = first?.content.shape.join() === read.shape.join();
  const heldOut = isAlike ? first : await holding(read.shape);
  const own = changedAs(spec, read);
  const content =
    spec.trainFrom === undefined
      ? own
      : { ...own, train: await trainSplitFrom(spec.trainFrom, own.shape, request) };
  const sampleSize = content.shape.reduce((product, size) => product * size, 1);
  return {
    name: spec.name,
    ...content,
    sampleSize,
    digest: digestOf(content),
    ...(heldOut === undefined ? {} : { validation: changedAs(spec, heldOut.content).train }),
  };
}

/** Limits count only samples of classes that are kept. */
function chooseAmong(
  labels: ArrayLike<number>,
  classes: readonly number[],
  limit: number | undefined,
): Int32Array {
  if (classes.length === 0) return chooseSamples(labels, limit);
  const among = indicesOf(labels, classes);
  return chooseSamples(
    among.map((index) => labels[index]),
    limit,
  ).map((position) => among[position]);
}

function changedAs({ classes = [], nuisance }: DataSpec, content: DataContent): DataContent {
  const kept = classes.length === 0 ? content : keepClasses(content, classes);
  return nuisance === undefined ? kept : withNuisance(kept, nuisance);
}

function checkSpec(spec: DataSpec, set: DataSet): void {
  const problems: Violation[] = [];
  if (set.hasImagesAlone) {
    const description = `"${set.name}" has neither classes nor test images; name it under \`trainFrom\``;
    problems.push({ field: 'name', description });
  }
  for (const field of ['trainLimit', 'testLimit', 'validation', 'imagePixels'] as const) {
    const value = spec[field];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
    problems.push({ field, description: `must be a whole number of at least 0, found ${value}` });
  }
  problems.push(...pathViolations(set, spec.path));
  const [height, width] = set.shape ?? [];
  if (spec.imagePixels && !set.isResizable && (spec.imagePixels !== height || spec.imagePixels !== width)) {
    const description = `"${set.name}" keeps its own size; only sets such as "image-folder" are resized`;
    problems.push({ field: 'imagePixels', description });
  }
  const { classes = [], nuisance } = spec;
  if (
    new Set(classes).size < classes.length ||
    classes.some((label) => !Number.isSafeInteger(label) || label < 0)
  ) {
    const description = `must be different whole numbers of at least 0, found [${classes.join(', ')}]`;
    problems.push({ field: 'classes', description });
  }
  if (nuisance !== undefined) problems.push(...nuisanceViolations(nuisance));
  if (problems.length > 0) throw invalidFields(problems);
}

function digestOf({ shape, classes, train, test }: DataContent): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ shape, classes, train: train.count, test: test.count }));
  for (const { images, labels } of [train, test]) hash.update(images).update(labels);
  return `sha256:${hash.digest('hex')}`;
}
