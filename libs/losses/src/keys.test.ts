import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesPerSample } from './describe.js';
import { computeKey, keyShapes } from './keys.js';
import { parseParams } from './params.js';
import { findLoss } from './registry.js';
import { openLoss } from './session.js';
import { settingOf } from './setting.js';

const at = findLoss('at');

describe('keys', () => {
  beforeAll(() => startEngine({ backend: 'auto' }));

  it('are far smaller than the taps of resnet32x4 for resnet8x4', () => {
    const studentShapes = { layer1: [32, 32, 64], layer2: [16, 16, 128], layer3: [8, 8, 256] };
    const shapes = keyShapes(at, settingOf(at, { studentShapes, teacherShapes: studentShapes }));
    expect(shapes).toEqual({
      'layer1.attention': [1024],
      'layer2.attention': [256],
      'layer3.attention': [64],
    });
    expect([bytesPerSample(studentShapes), bytesPerSample(shapes)]).toEqual([458752, 5376]);
  });

  it('take a pooled feature for a map of one place, on both sides', () => {
    const session = openLoss({ id: 'at', studentShapes: { layer1: [3] }, teacherShapes: { layer1: [5] } });
    const context = {
      params: parseParams(at.params),
      studentShapes: { layer1: [3] },
      source: 'teacher',
      extra: {},
    };
    const keys = computeKey(at, { layer1: tf.ones([2, 5]) }, context);
    expect(keys['layer1.attention'].shape).toEqual([2, 1]);
    const { value } = session.apply({ student: { layer1: tf.ones([2, 3]) }, keys, step: 0 });
    expect(value.dataSync()[0]).toBe(0);
  });

  it.each([
    [{}, 'student.layer1: the key depends on the shape of this tap, found none'],
    [{ layer1: [4, 4] }, 'student.layer1: a map has 3 dimensions a sample, found [4, 4]'],
    [{ layer1: [0, 4, 3] }, 'student.layer1: sizes must be whole numbers above 0'],
    [{ leyer1: [4, 4, 3] }, 'student.leyer1: the loss has no such slot'],
  ])('name the student shape that they cannot be computed for: %j', (studentShapes, text) => {
    const context = { params: parseParams(at.params), studentShapes, source: 'teacher', extra: {} };
    expect(() => computeKey(at, { layer1: tf.ones([2, 4, 4, 5]) }, context)).toThrow(text);
  });

  it('are refused from a source that the session does not know', () => {
    const teacherShapes = { 'peer1/logits': [4], 'peer2/logits': [4] };
    const session = openLoss({
      id: 'dml',
      studentShapes: { logits: [4] },
      teacherShapes,
      params: { labelWeight: 0 },
    });
    const logits = tf.zeros([2, 4]);
    const keys = ['peer1', 'peer3'].map((source) => ({ source, tensors: { logits } }));
    expect(() => session.apply({ student: { logits }, keys, step: 0 })).toThrow(
      'there is no source "peer3"; did you mean "peer1"',
    );
  });
});
