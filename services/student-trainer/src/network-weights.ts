import { invalidField } from '@lyceum/errors';
import type { TaskNetwork } from '@lyceum/recipes';
import { readFile } from 'node:fs/promises';
import type { TaskContext } from './task-context.js';

/** The weights of a network of a task: an artifact of its run, or a file. */
export function networkWeights(
  { weights, file = '' }: TaskNetwork,
  field: string,
  { artifacts, run }: Pick<TaskContext, 'artifacts' | 'run'>,
): Promise<Uint8Array> {
  if (weights !== undefined) return artifacts.get(`${run}/${weights}`);
  return readFile(file).catch((error: unknown) => {
    throw invalidField(field, `cannot read "${file}": ${(error as Error).message}`);
  });
}
