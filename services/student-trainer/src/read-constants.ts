import { LyceumError } from '@lyceum/errors';
import type { TrainTask } from '@lyceum/recipes';
import { decodeSafetensors, requireFinite, type HostTensor } from '@lyceum/tensor';
import { readFile } from 'node:fs/promises';
import type { TaskContext } from './task-context.js';

/** Tensors by the names of the losses that take them. */
export type ConstantsByLoss = Readonly<Record<string, readonly HostTensor[]>>;

type Constants = NonNullable<TrainTask['losses'][number]['constants']>;
type Place = Pick<TaskContext, 'artifacts' | 'run'>;

/**
 * Reads what the losses of a task need trained beforehand: a file, or the adapters of an earlier task.
 * @throws LyceumError INVALID_FIELD, CORRUPT_FILE or NON_FINITE naming the loss's field and the file.
 */
export async function readConstants(
  { losses }: Pick<TrainTask, 'losses'>,
  place: Place,
): Promise<ConstantsByLoss> {
  const read = losses.flatMap(({ as, constants }, index) => {
    if (constants === undefined) return [];
    return [tensorsOf(constants, place, `losses[${index}].constants`).then((read) => [as, read] as const)];
  });
  return Object.fromEntries(await Promise.all(read));
}

async function tensorsOf(constants: Constants, place: Place, field: string): Promise<HostTensor[]> {
  const name = 'file' in constants ? constants.file : constants.artifact;
  try {
    const { tensors } = decodeSafetensors(await bytesOf(constants, place), name);
    for (const tensor of tensors) requireFinite(tensor, tensor.name);
    return 'file' in constants ? tensors : tensors.map(withoutLoss);
  } catch (cause) {
    const { reason, message } = LyceumError.from(cause);
    const known = reason === 'CORRUPT_FILE' || reason === 'NON_FINITE';
    const description = known ? message : `cannot read "${name}": ${(cause as Error).message}`;
    throw new LyceumError(known ? reason : 'INVALID_FIELD', `${field}: ${description}`, {
      violations: [{ field, description }],
      cause,
    });
  }
}

function bytesOf(constants: Constants, { artifacts, run }: Place): Promise<Uint8Array> {
  return 'file' in constants ? readFile(constants.file) : artifacts.get(`${run}/${constants.artifact}`);
}

/** An adapter under the name that its loss has for it. */
function withoutLoss(tensor: HostTensor): HostTensor {
  return { ...tensor, name: tensor.name.slice(tensor.name.indexOf('/') + 1) };
}
