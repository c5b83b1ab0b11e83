import { asRows } from './pairwise.js';
import type { LossSetting, Slot, TensorMap } from './loss.js';
import { shapeMismatch } from './setting.js';
import { tf } from '@lyceum/engine';

/** Slots of a loss that compares taps of equal shape number by number: the logits, or instead maps or embeddings. */
export const sameShapeSlots: readonly Slot[] = [
  { name: 'logits', kind: 'logits', defaultTaps: 'logits' },
  { name: 'layer', kind: 'map', repeated: true, defaultTaps: 'maps', optional: true },
  { name: 'embed', kind: 'embedding', defaultTaps: 'pooled', optional: true },
];

/** Refuses taps that are missing on one side or differ in shape. */
export function checkSameShapes({ studentShapes, teacherShapes }: LossSetting): void {
  for (const name of new Set([...Object.keys(studentShapes), ...Object.keys(teacherShapes)])) {
    const [mine, theirs] = [studentShapes[name], teacherShapes[name]].map(
      (shape) => `[${shape?.join(', ') ?? 'none'}]`,
    );
    if (mine === theirs) continue;
    const advice = 'the shapes must be equal; "fitnet" and "vid" bring a regressor';
    throw shapeMismatch(`teacher.${name}`, `the student's is ${mine}, the teacher's ${theirs}: ${advice}`);
  }
}

/** One term a tap, of both sides' samples as rows `[N, D]`, and their sum. */
export function sumOverTaps(
  student: TensorMap,
  teacher: TensorMap,
  term: (student: tf.Tensor2D, teacher: tf.Tensor2D) => tf.Scalar,
): { readonly value: tf.Scalar; readonly terms: Readonly<Record<string, tf.Scalar>> } {
  const terms = Object.fromEntries(
    Object.entries(student).map(([name, tap]) => [name, term(asRows(tap), asRows(teacher[name]))]),
  );
  return { value: Object.values(terms).reduce((sum, one) => tf.add<tf.Scalar>(sum, one)), terms };
}
