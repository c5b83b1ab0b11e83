import type { AnyLoss } from '../loss.js';
import type { AnyOperator } from '../operators/operator.js';
import { operators as builtInOperators } from '../operators/registry.js';
import { losses as builtInLosses } from '../registry.js';
import { readVectors, type RecordedCase } from './vector-file.js';
import { ownerOf, type Owner } from './vector-owner.js';

/** A recorded case, and whose it is. */
interface CaseOf<M> {
  readonly file: string;
  readonly module: M;
  readonly recorded: RecordedCase;
}

export type LossCase = CaseOf<AnyLoss>;
export type OperatorCase = CaseOf<AnyOperator>;

/**
 * The loss cases of all vector files of a folder that a loss of the registry takes; `runGolden` tells of the others.
 */
export async function lossCases(
  folder: string,
  losses: ReadonlyMap<string, AnyLoss> = builtInLosses,
): Promise<readonly LossCase[]> {
  return casesOf(folder, losses, (recorded) => recorded.kind === undefined);
}

/** The same of operators. */
export async function operatorCases(
  folder: string,
  operators: ReadonlyMap<string, AnyOperator> = builtInOperators,
): Promise<readonly OperatorCase[]> {
  return casesOf(folder, operators, (recorded) => recorded.kind === 'operator');
}

async function casesOf<M extends Owner>(
  folder: string,
  modules: ReadonlyMap<string, M>,
  counts: (recorded: RecordedCase) => boolean,
): Promise<readonly CaseOf<M>[]> {
  const files = await readVectors(folder);
  return files.flatMap((file) =>
    file.cases.filter(counts).flatMap((recorded) => {
      const module = ownerOf(modules.values(), file.loss, recorded);
      return module === undefined ? [] : [{ file: file.loss, module, recorded }];
    }),
  );
}
