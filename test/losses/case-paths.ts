import { DataType } from '@lyceum/contracts/tensor';
import { LyceumError } from '@lyceum/errors';
import { compareCase, runLossCase, type LossCase } from '@lyceum/losses/conformance';
import type { Comparison } from '@lyceum/losses';
import { caseForm, type EncodingName } from './encodings.js';
import { hostCase } from './host-case.js';
import { teacherSideKeys, type FormOf } from './teacher-side-keys.js';
import { inProcess, type ValueHalf } from './value-half.js';

/** The ways from a teacher's taps to a value and its gradients on which nothing is rounded. */
export const exactPaths = ['in-process', 'remote', 'teacher-side'] as const;
export type ExactPath = (typeof exactPaths)[number];
export type PathName = ExactPath | EncodingName;

/** How a recorded case came out by every path. */
export interface CasePaths {
  readonly about: LossCase;
  /** Nothing for an encoding that its keys can't be sent in. */
  readonly byPath: Readonly<Record<PathName, readonly Comparison[]>>;
}

/**
 * Runs one case by every path:
 * - `in-process`: both halves in one place, as `npm run golden` does;
 * - `remote`: keys made apart, value and gradients by the loss service;
 * - `teacher-side`: keys made apart, through the wire in FP32, value here;
 * - the encodings: the same with the keys in each.
 */
export async function runPaths(about: LossCase, far: ValueHalf): Promise<CasePaths> {
  const given = hostCase(about);
  const by = async (
    half: ValueHalf,
    formOf: FormOf = () => DataType.FP32,
  ): Promise<readonly Comparison[]> => {
    try {
      const keys = teacherSideKeys(given, formOf);
      return keys === undefined ? [] : compareCase(about.recorded, await half(given, keys));
    } catch (error) {
      const { message: problem } = LyceumError.from(error);
      return [{ what: 'run', error: Infinity, bound: 0, absolute: false, problem }];
    }
  };
  const encoded = async (encoding: EncodingName) =>
    given.sources.length === 0 ? [] : by(inProcess, (key) => caseForm(encoding, about.module, key));
  return {
    about,
    byPath: {
      'in-process': runLossCase(about.module, about.recorded),
      remote: await by(far),
      'teacher-side': await by(inProcess),
      fp16: await encoded('fp16'),
      bf16: await encoded('bf16'),
      int8: await encoded('int8'),
      'top-k': await encoded('top-k'),
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
