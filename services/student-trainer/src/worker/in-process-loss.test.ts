import { startEngine, tf } from '@lyceum/engine';
import { defineLoss, openLoss } from '@lyceum/losses';
import { describe, expect, it } from 'vitest';
import { InProcessLoss } from './in-process-loss.js';

/** How far a student's map of three channels is from the images. */
const rebuild = defineLoss({
  id: 'rebuild',
  title: 'Rebuilt images',
  source: 'made for this test',
  equation: 'L = mean |x - f(x)|',
  params: {},
  student: [{ name: 'image', kind: 'map', defaultTaps: 'last-map' }],
  teacher: [],
  keySources: [],
  extra: [
    { name: 'images', doc: 'x', from: 'images', half: 'value', shape: () => [2, 2, 3] },
    {
      name: 'images.large',
      doc: 'x of twice the side',
      from: 'images',
      half: 'value',
      shape: () => [4, 4, 3],
    },
    { name: 'images.key', doc: 'x', from: 'images', half: 'key', shape: () => [2, 2, 3] },
  ],
  value: ({ student, extra }) => {
    expect(Object.keys(extra)).toEqual(['images']);
    return { value: tf.mean(tf.abs(tf.sub(student.image, extra.images))) };
  },
});

describe('a loss that reads the images', () => {
  it('gets those of the batch, by the names of its value half whose size they have', async () => {
    await startEngine({ backend: 'js' });
    const session = openLoss({ module: rebuild, studentShapes: { image: [2, 2, 3] } });
    const entry = {
      ...{ loss: 'rebuild', as: 'rebuild', weight: 1, via: 'in-process' },
      ...{ params: {}, studentTaps: {}, teacherTaps: {} },
    };
    const term = new InProcessLoss(entry, session, { image: 'f3' }, []);
    const { value, weighted } = term.apply({
      outputs: { f3: tf.fill([5, 2, 2, 3], 0.25) },
      keys: new Map(),
      answers: new Map(),
      images: () => tf.ones([5, 2, 2, 3]),
      labels: tf.zeros([5], 'int32'),
      isLabelled: true,
      indices: tf.range(0, 5, 1, 'int32'),
      step: 0,
      epoch: 0,
      weight: 2,
    });
    expect(value.dataSync()[0]).toBeCloseTo(0.75, 6);
    expect(weighted.dataSync()[0]).toBeCloseTo(1.5, 6);
  });
});
