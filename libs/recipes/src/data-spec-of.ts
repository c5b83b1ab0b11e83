import type { DataSpec } from '@lyceum/data';
import type { DataConfig } from './data-schema.js';

/** What `loadDataSet` takes of a recipe's data; the rest says how batches are made of it. */
export function dataSpecOf({
  name,
  path,
  trainLimit,
  testLimit,
  validation,
  imagePixels,
  classes,
  nuisance,
  trainFrom,
}: DataConfig): DataSpec {
  return { name, path, trainLimit, testLimit, validation, imagePixels, classes, nuisance, trainFrom };
}
