/** Several measurements of one thing. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation of the sample, with n - 1; absent for a single value. */
  readonly deviation?: number;
}

/** Undefined without values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const count = values.length;
  if (count === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { count, mean };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, deviation: Math.sqrt(squares / (count - 1)) };
}

/** Quantiles of Student's t for a two-sided 95 % interval, by degrees of freedom from 1. */
const t95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/** Half the width of the 95 % interval of the mean, by Student's t; undefined for a single value. */
export function reach95({ count, deviation }: Spread): number | undefined {
  if (deviation === undefined) return undefined;
  return (t95[Math.min(count - 1, t95.length) - 1] * deviation) / Math.sqrt(count);
}
