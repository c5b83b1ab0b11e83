import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { openLoss } from '../session.js';

beforeAll(() => startEngine({ backend: 'auto' }));

const map = [4, 4, 3];

describe('shapes and parameters that a loss cannot work with are named', () => {
  it.each([
    ['simreg', { mlpLayers: 3 }, { embed: [4] }, { embed: [6] }, 'params.mlpLayers: must be 0, 1, 2 or 4'],
    ['simreg', { mlpLayers: 0 }, { embed: [4] }, { embed: [6] }, 'teacher.embed: without a head'],
    ['angular', { project: false }, { embed: [4] }, { embed: [6] }, 'teacher.embed: has width 6'],
    ['rtk', { topK: 2 }, { layer1: map }, { layer1: map }, 'params.topK: must be at most 1'],
    ['cdgc', {}, { reconstruction: map, latentLogits: [1] }, {}, 'student.latentLogits: at least 2'],
    ['sokd', { width: 3 }, { logits: [5] }, { logits: [5], layer2: map }, 'teacher.layer2: a stride of 2'],
    [
      'sokd',
      { pool: 8 },
      { logits: [5] },
      { logits: [5], layer2: map },
      'teacher.layer2: the bridge must end',
    ],
    ['mimkd', {}, { positiveScores: [5] }, {}, 'student.negativeScores: must be given together'],
    [
      'mimkd',
      { weights: { global: 0, local: 0, feature: 0 } },
      {},
      { embed: [6] },
      'params.weights: at least one',
    ],
  ])('%s %j', (id, params, studentShapes, teacherShapes, message) => {
    expect(() => openLoss({ id, params, studentShapes, teacherShapes })).toThrow(message);
  });

  it('liaad wants both its teachers, with maps on one grid', () => {
    const studentShapes = { embed: [6], layer1: [4, 4, 3] };
    const shapes = (age: string, grid: number): Record<string, number[]> => ({
      'teacherId/embed': [8],
      'teacherId/layer1': [4, 4, 5],
      [`${age}/embed`]: [5],
      [`${age}/layer1`]: [grid, grid, 4],
    });
    const open = (teacherShapes: Record<string, number[]>) => () =>
      openLoss({ id: 'liaad', studentShapes, teacherShapes });
    expect(open(shapes('teacherOld', 4))).toThrow('needs a source named "teacherAge"');
    expect(open(shapes('teacherAge', 2))).toThrow("teacherAge.layer1: meets the student's map on 2x2 places");
    expect(open(shapes('teacherAge', 7))).not.toThrow();
  });
});

it('mimkd of one sample alone has no negative pairs', () => {
  const session = openLoss({
    id: 'mimkd',
    params: { hidden: 3, weights: { local: 0, feature: 0 } },
    studentShapes: { embed: [2] },
    teacherShapes: { embed: [2] },
  });
  const weights = Object.fromEntries(
    Object.entries(session.initialWeights()).map(([name, tensor]) => [name, tf.zerosLike(tensor)]),
  );
  const one = tf.tensor2d([1, 2], [1, 2]);
  const { value } = session.apply({ student: { embed: one }, keys: { embed: one }, weights, step: 0 });
  expect(value.dataSync()[0]).toBeCloseTo(Math.LN2, 6);
});
