import type { LossSetting } from './loss.js';
import { shapeMismatch } from './setting.js';
import { numberedNames } from './slots.js';

/** Refuses fewer than two maps, and maps whose channels differ between student and teacher. */
export function checkNeighbours(
  { studentShapes, teacherShapes }: Pick<LossSetting, 'studentShapes' | 'teacherShapes'>,
  why: string,
): void {
  const layers = numberedNames('layer', Object.keys(studentShapes));
  if (layers.length < 2)
    throw shapeMismatch('student.layer', `at least two taps make a pair, found ${layers.length}`);
  for (const name of layers) {
    const [channels, found] = [studentShapes[name][2], teacherShapes[name][2]];
    if (channels === found) continue;
    throw shapeMismatch(
      `teacher.${name}`,
      `the student's map has ${channels} channels, this one ${found}; ${why}`,
    );
  }
}
