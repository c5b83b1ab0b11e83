import { LyceumError, nearestNames } from '@lyceum/errors';
import type { AnyLoss } from '../loss.js';
import { operators as builtInOperators } from '../operators/registry.js';
import type { AnyOperator } from '../operators/operator.js';
import { losses as builtInLosses } from '../registry.js';
import { failed, type Comparison } from './comparison.js';
import { runLossCase } from './loss-case.js';
import { runOperatorCase } from './operator-case.js';
import { readVectors, type RecordedCase, type VectorFile } from './vector-file.js';
import { ownerOf } from './vector-owner.js';

export interface CaseReport {
  readonly file: string;
  readonly name: string;
  /** Id of the loss or operator that ran it; absent when there is none. */
  readonly module?: string;
  readonly kind: 'loss' | 'operator';
  readonly comparisons: readonly Comparison[];
}

export interface GoldenReport {
  readonly cases: readonly CaseReport[];
  /** One line a problem: file, case, tensor and what is wrong. Empty when all is well. */
  readonly problems: readonly string[];
}

export interface GoldenOptions {
  readonly losses?: ReadonlyMap<string, AnyLoss>;
  readonly operators?: ReadonlyMap<string, AnyOperator>;
}

/**
 * Runs every case of every vector file in a folder. Nothing is skipped: a case without a module of its own, or that
 * cannot run, is a problem. The engine must be started.
 */
export async function runGolden(folder: string, options: GoldenOptions = {}): Promise<GoldenReport> {
  const losses = options.losses ?? builtInLosses;
  const operators = options.operators ?? builtInOperators;
  const files = await readVectors(folder);
  const cases = files.flatMap((file) =>
    file.cases.map((recorded) => runCase(file, recorded, losses, operators)),
  );
  const problems = cases.flatMap(({ file, name, comparisons }) =>
    comparisons
      .filter(({ problem }) => problem !== undefined)
      .map(({ what, problem }) => `${file}/${name}: ${what}: ${problem}`),
  );
  return { cases, problems };
}

function runCase(
  file: VectorFile,
  recorded: RecordedCase,
  losses: ReadonlyMap<string, AnyLoss>,
  operators: ReadonlyMap<string, AnyOperator>,
): CaseReport {
  const kind: CaseReport['kind'] = recorded.kind ?? 'loss';
  const about = { file: file.loss, name: recorded.name, kind } as const;
  try {
    if (kind === 'operator') {
      const operator = ownerOf(operators.values(), file.loss, recorded);
      if (operator === undefined)
        return { ...about, comparisons: [unknown(kind, file.loss, operators.keys())] };
      return { ...about, module: operator.id, comparisons: runOperatorCase(operator, recorded) };
    }
    const module = ownerOf(losses.values(), file.loss, recorded);
    if (module === undefined) return { ...about, comparisons: [unknown(kind, file.loss, losses.keys())] };
    return { ...about, module: module.id, comparisons: runLossCase(module, recorded) };
  } catch (error) {
    return { ...about, comparisons: [failed('run', LyceumError.from(error).message)] };
  }
}

function unknown(kind: string, name: string, known: Iterable<string>): Comparison {
  const near = nearestNames(name, known).map((candidate) => `"${candidate}"`);
  return failed(
    kind,
    `no ${kind} takes the vectors of "${name}"${near.length > 0 ? `; nearest: ${near.join(', ')}` : ''}`,
  );
}
