import { DataType } from '@lyceum/contracts/tensor';
import { LyceumError } from '@lyceum/errors';
import { compareCase, runLossCase, type LossCase } from '@lyceum/losses/conformance';
import type { Comparison } from '@lyceum/losses';
import { hostCase } from './host-case.js';
import { teacherSideKeys } from './teacher-side-keys.js';
import { inProcess, type ValueHalf } from './value-half.js';

/** The ways from a teacher's taps to a value and its gradients. */
export const pathNames = ['in-process', 'remote', 'teacher-side', 'fp16 keys'] as const;
export type PathName = (typeof pathNames)[number];

/** How a recorded case came out by every path. */
export interface CasePaths {
  readonly about: LossCase;
  readonly byPath: Readonly<Record<PathName, readonly Comparison[]>>;
}

/**
 * Runs one case by every path:
 * - `in-process`: both halves in one place, as `npm run golden` does;
 * - `remote`: keys made apart, value and gradients by the loss service;
 * - `teacher-side`: keys made apart, through the wire in FP32, value here;
 * - `fp16 keys`: the same in FP16.
 */
export async function runPaths(about: LossCase, far: ValueHalf): Promise<CasePaths> {
  const given = hostCase(about);
  const by = async (half: ValueHalf, dtype: DataType): Promise<readonly Comparison[]> => {
    try {
      return compareCase(about.recorded, await half(given, teacherSideKeys(given, dtype)));
    } catch (error) {
      const { message: problem } = LyceumError.from(error);
      return [{ what: 'run', error: Infinity, bound: 0, absolute: false, problem }];
    }
  };
  return {
    about,
    byPath: {
      'in-process': runLossCase(about.module, about.recorded),
      remote: await by(far, DataType.FP32),
      'teacher-side': await by(inProcess, DataType.FP32),
      'fp16 keys': await by(inProcess, DataType.FP16),
    },
  };
}

/** One line a number that is wrong by a path. */
export function problemsOf(cases: readonly CasePaths[], path: PathName): string[] {
  return cases.flatMap(({ about: { file, recorded }, byPath }) =>
    byPath[path]
      .filter(({ problem }) => problem !== undefined)
      .map(({ what, problem }) => `${file}/${recorded.name}: ${what}: ${problem}`),
  );
}
