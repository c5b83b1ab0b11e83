import { unknownName } from '@lyceum/errors';
import { registryOf } from '../registry-of.js';
import { banEnsemble } from './ban-ensemble.js';
import { brNpaOperator } from './br-npa.js';
import { cdgcOperator } from './cdgc.js';
import { dmlStep } from './dml-step.js';
import { hintClustering } from './hint-clustering.js';
import { ofdMargins } from './ofd-margins.js';
import { oneImageCropBoxes } from './one-image-crop-boxes.js';
import { oneImageCutmix } from './one-image-cutmix.js';
import { oneImagePipeline } from './one-image-pipeline.js';
import { takdPath } from './takd-path.js';
import type { AnyOperator } from './operator.js';

/** All built-in operators by id. */
export const operators: ReadonlyMap<string, AnyOperator> = registryOf([
  banEnsemble,
  dmlStep,
  takdPath,
  brNpaOperator,
  cdgcOperator,
  hintClustering,
  oneImageCutmix,
  oneImageCropBoxes,
  oneImagePipeline,
  ofdMargins,
]);

/**
 * Looks an operator up by its id.
 * @throws LyceumError UNKNOWN_NAME with the nearest ids.
 */
export function findOperator(id: string): AnyOperator {
  const found = operators.get(id);
  if (found === undefined) throw unknownName('operator', id, operators.keys());
  return found;
}
