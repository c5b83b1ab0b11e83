import { expect, it } from 'vitest';
import { findLoss } from './registry.js';
import { settingOf } from './setting.js';

const open = (studentShapes: Record<string, number[]>, teacherShapes: Record<string, number[]>): unknown =>
  settingOf(findLoss('mse'), { studentShapes, teacherShapes });

it('a loss of equal shapes takes maps or embeddings instead of logits, and refuses unequal ones', () => {
  const maps = { layer1: [4, 4, 8], layer2: [2, 2, 16] };
  expect(() => open(maps, maps)).not.toThrow();
  expect(() => open({ embed: [8] }, { embed: [8] })).not.toThrow();
  expect(() => open(maps, { ...maps, layer2: [2, 2, 32] })).toThrow(
    "teacher.layer2: the student's is [2, 2, 16], the teacher's [2, 2, 32]",
  );
  expect(() => open({ embed: [8] }, { logits: [8] })).toThrow(
    "teacher.embed: the student's is [8], the teacher's [none]",
  );
});
