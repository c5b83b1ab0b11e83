import { numbersOf, type VectorValue } from './vector-file.js';

/** How one recorded number or tensor compares with ours. */
export interface Comparison {
  readonly what: string;
  /** Relative: largest error over largest magnitude; absolute where the exact answer is 0. */
  readonly error: number;
  readonly bound: number;
  readonly absolute: boolean;
  /** Absent when within the bound. */
  readonly problem?: string;
}

/** Smallest magnitude that counts as different from 0. */
const zero = 1e-12;
const absoluteBound = 1e-6;
const relativeBound = 1e-4;
/** A float32 implementation should stay within this many times the original's own float32 error. */
const float32Factor = 20;

/**
 * Compares ours with the recorded numbers: largest error over largest magnitude within 1e-4 or 20 times the
 * original's own float32 error; absolute within 1e-6 where all recorded numbers are 0.
 */
export function compare(
  what: string,
  ours: ArrayLike<number>,
  recorded: VectorValue,
  float32Error = 0,
): Comparison {
  const exact = numbersOf(recorded);
  const broken = exact.length === 0 || exact.some((value) => !Number.isFinite(value));
  if (broken) return failed(what, 'the recorded expectation is empty or not finite');
  if (ours.length !== exact.length)
    return failed(what, `has ${ours.length} numbers, recorded are ${exact.length}`);
  const magnitude = exact.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const absolute = magnitude < zero;
  const difference = exact.reduce(
    (largest, value, index) => worse(largest, Math.abs(ours[index] - value)),
    0,
  );
  const error = absolute ? difference : difference / magnitude;
  const bound = Math.max(absolute ? absoluteBound : relativeBound, float32Factor * float32Error);
  if (error <= bound) return { what, error, bound, absolute };
  const kind = absolute ? 'absolute' : 'relative';
  return {
    what,
    error,
    bound,
    absolute,
    problem: `${kind} error ${error.toExponential(1)} is above ${bound.toExponential(1)}`,
  };
}

/** Compares whole numbers: indices, boxes, predictions. */
export function compareExactly(what: string, ours: ArrayLike<number>, recorded: VectorValue): Comparison {
  const exact = numbersOf(recorded);
  if (ours.length !== exact.length)
    return failed(what, `has ${ours.length} numbers, recorded are ${exact.length}`);
  const wrong = exact.findIndex((value, index) => value !== ours[index]);
  if (wrong < 0) return { what, error: 0, bound: 0, absolute: true };
  return failed(what, `number ${wrong} is ${ours[wrong]}, recorded is ${exact[wrong]}`);
}

/** Asks only that numbers are finite. */
export function compareFinite(what: string, ours: ArrayLike<number>): Comparison {
  const wrong = Array.from(ours).findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return { what, error: 0, bound: 0, absolute: true };
  return failed(what, `number ${wrong} is ${ours[wrong]}`);
}

export function failed(what: string, problem: string): Comparison {
  return { what, error: Infinity, bound: 0, absolute: false, problem };
}

function worse(largest: number, error: number): number {
  return Number.isNaN(error) ? Infinity : Math.max(largest, error);
}
