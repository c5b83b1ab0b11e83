import { describe, expect, it } from 'vitest';
import { findLoss } from './registry.js';
import { settingOf } from './setting.js';

describe('settingOf', () => {
  it('takes shapes of several sources by name', () => {
    const teacherShapes = { 'peer1/logits': [5], 'peer2/logits': [5] };
    const setting = settingOf(findLoss('dml'), { studentShapes: { logits: [5] }, teacherShapes });
    expect(setting.sources.map(({ source }) => source)).toEqual(['peer1', 'peer2']);
    expect(setting.classCount).toBe(5);
  });

  it('turns a pooled feature in the slot of a map into a map of one place', () => {
    const shapes = { layer1: [7] };
    expect(settingOf(findLoss('at'), { studentShapes: shapes, teacherShapes: shapes }).studentShapes).toEqual(
      { layer1: [1, 1, 7] },
    );
  });

  it.each([
    [
      'kd',
      { logits: [5] },
      { logits: [6] },
      'teacher.logits: has 6 classes, the student has 5; they must be equal',
    ],
    ['kd', { logits: [5] }, {}, '"kd" takes keys from 1 source(s), found 0'],
    [
      'kd',
      { logits: [5] },
      { 'a/logits': [5], 'b/logits': [5] },
      '"kd" takes keys from 1 source(s), found 2',
    ],
    [
      'at',
      { layer1: [4, 4, 2], layer2: [2, 2, 2] },
      { layer1: [4, 4, 3] },
      'teacher.layer: taps pair one with one: found 2 of the student and 1 here',
    ],
    [
      'at',
      { layer1: [4, 4] },
      { layer1: [4, 4, 3] },
      'student.layer1: a map has 3 dimensions a sample, found [4, 4]',
    ],
    [
      'at',
      { layer1: [4, 0, 3] },
      { layer1: [4, 4, 3] },
      'student.layer1: sizes must be whole numbers above 0',
    ],
    [
      'fitnet',
      { layer1: [4, 4, 2] },
      { layer1: [6, 6, 2] },
      'teacher.layer1: no regressor leads from a 4x4 map to 6x6',
    ],
    ['crd', { embed: [4] }, { embed: [4] }, 'sampleCount: crd needs the number of training samples, found 0'],
  ])('refuses for %s shapes that do not fit', (id, studentShapes, teacherShapes, message) => {
    expect(() => settingOf(findLoss(id), { studentShapes, teacherShapes: teacherShapes })).toThrow(message);
  });
});
