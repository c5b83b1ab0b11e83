import type { Evaluation } from '../evaluation.js';
import { mcnemar, pairedStandardError, z95 } from './statistics.js';

/** Two networks on the same test samples. `student` is the one that was taught, `other` the one alone. */
export interface Comparison {
  readonly student: string;
  readonly other: string;
  readonly sampleCount: number;
  readonly bothRight: number;
  readonly bothWrong: number;
  /** Indices of samples that only the taught student classified rightly. */
  readonly gained: readonly number[];
  /** Indices of samples that only the other one classified rightly. */
  readonly lost: readonly number[];
  /** Difference of the accuracies in percentage points, with its 95 % interval over test samples. */
  readonly points: number;
  readonly lowPoints: number;
  readonly highPoints: number;
  /** Exact two-sided McNemar test. */
  readonly p: number;
}

interface Named {
  readonly task: string;
  readonly evaluation: Evaluation;
}

/** Compares sample by sample. All three must be of the same samples: `labels: [N]`, classes as whole numbers. */
export function comparePaired(student: Named, other: Named, labels: ArrayLike<number>): Comparison {
  const gained: number[] = [];
  const lost: number[] = [];
  let bothRight = 0;
  const sampleCount = labels.length;
  for (let index = 0; index < sampleCount; index += 1) {
    const studentRight = student.evaluation.predictions[index] === labels[index];
    const otherRight = other.evaluation.predictions[index] === labels[index];
    if (studentRight && otherRight) bothRight += 1;
    else if (studentRight) gained.push(index);
    else if (otherRight) lost.push(index);
  }
  const [b, c] = [gained.length, lost.length];
  const points = (100 * (b - c)) / sampleCount;
  const reach = 100 * z95 * pairedStandardError(b, c, sampleCount);
  return {
    student: student.task,
    other: other.task,
    sampleCount,
    bothRight,
    bothWrong: sampleCount - bothRight - b - c,
    gained,
    lost,
    points,
    lowPoints: points - reach,
    highPoints: points + reach,
    p: mcnemar(b, c),
  };
}
