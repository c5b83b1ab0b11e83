import type { AnyLoss } from '../loss.js';
import { losses as builtInLosses } from '../registry.js';
import { readVectors, type RecordedCase } from './vector-file.js';
import { ownerOf } from './vector-owner.js';

/** A recorded case of a loss, and whose it is. */
export interface LossCase {
  readonly file: string;
  readonly module: AnyLoss;
  readonly recorded: RecordedCase;
}

/**
 * The loss cases of all vector files of a folder that a loss of the registry takes; `runGolden` tells of the others.
 */
export async function lossCases(
  folder: string,
  losses: ReadonlyMap<string, AnyLoss> = builtInLosses,
): Promise<readonly LossCase[]> {
  const files = await readVectors(folder);
  return files.flatMap((file) =>
    file.cases.flatMap((recorded) => {
      const module = recorded.kind === undefined ? ownerOf(losses.values(), file.loss, recorded) : undefined;
      return module === undefined ? [] : [{ file: file.loss, module, recorded }];
    }),
  );
}
