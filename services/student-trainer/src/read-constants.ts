import { LyceumError } from '@lyceum/errors';
import type { TrainTask } from '@lyceum/recipes';
import { decodeSafetensors, requireFinite, type HostTensor } from '@lyceum/tensor';
import { readFile } from 'node:fs/promises';

/** Tensors by the names of the losses that take them. */
export type ConstantsByLoss = Readonly<Record<string, readonly HostTensor[]>>;

/**
 * Reads what the losses of a task need trained beforehand.
 * @throws LyceumError INVALID_FIELD, CORRUPT_FILE or NON_FINITE naming the loss's field and the file.
 */
export async function readConstants({ losses }: TrainTask): Promise<ConstantsByLoss> {
  const read = losses.flatMap(({ as, constants }, index) =>
    constants === undefined
      ? []
      : [fromFile(constants, `losses[${index}].constants`).then((read) => [as, read])],
  );
  return Object.fromEntries((await Promise.all(read)) as [string, HostTensor[]][]);
}

async function fromFile(file: string, field: string): Promise<HostTensor[]> {
  try {
    const { tensors } = decodeSafetensors(await readFile(file), file);
    for (const tensor of tensors) requireFinite(tensor, tensor.name);
    return tensors;
  } catch (cause) {
    const { reason, message } = LyceumError.from(cause);
    const known = reason === 'CORRUPT_FILE' || reason === 'NON_FINITE';
    const description = known ? message : `cannot read "${file}": ${(cause as Error).message}`;
    throw new LyceumError(known ? reason : 'INVALID_FIELD', `${field}: ${description}`, {
      violations: [{ field, description }],
      cause,
    });
  }
}
