import { unknownName } from '@lyceum/errors';
import { registryOf } from '../registry-of.js';
import { banEnsemble } from './ban-ensemble.js';
import { dmlStep } from './dml-step.js';
import type { AnyOperator } from './operator.js';

/** All built-in operators by id. */
export const operators: ReadonlyMap<string, AnyOperator> = registryOf([banEnsemble, dmlStep]);

/**
 * Looks an operator up by its id.
 * @throws LyceumError UNKNOWN_NAME with the nearest ids.
 */
export function findOperator(id: string): AnyOperator {
  const found = operators.get(id);
  if (found === undefined) throw unknownName('operator', id, operators.keys());
  return found;
}
