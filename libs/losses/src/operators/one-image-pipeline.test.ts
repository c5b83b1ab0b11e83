import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseParams } from '../params.js';
import { oneImagePipeline } from './one-image-pipeline.js';

const gray = { mean: [0], std: [1] };
const run = (params: Record<string, unknown>, shape: [number, number, number, number]): tf.Tensor =>
  oneImagePipeline.run({
    params: parseParams(oneImagePipeline.params, { ...gray, ...params }),
    inputs: { image: tf.reshape(tf.linspace(0, 1, shape[0] * shape[1] * shape[2] * shape[3]), shape) },
    weights: {},
  }).final;

beforeAll(() => startEngine({ backend: 'auto' }));

describe('the pipeline of one image', () => {
  it('takes gray pictures and batches, the whole picture by default', () => {
    const patch = run({ resize: 6, crop: 6 }, [2, 6, 6, 1]);
    expect(patch.shape).toEqual([2, 6, 6, 1]);
    const expected = tf.linspace(0, 1, 72).dataSync();
    patch.dataSync().forEach((value, place) => expect(value).toBeCloseTo(expected[place], 5));
  });

  it('mirrors left and right, and turns half round', () => {
    const plain = run({ resize: 4, crop: 4 }, [1, 4, 4, 1]).dataSync();
    const flipped = run({ resize: 4, crop: 4, flip: true }, [1, 4, 4, 1]).dataSync();
    const turned = run({ resize: 4, crop: 4, angle: 180 }, [1, 4, 4, 1]).dataSync();
    plain.forEach((value, place) => {
      expect(flipped[place - (place % 4) + 3 - (place % 4)]).toBeCloseTo(value, 5);
      expect(turned[15 - place]).toBeCloseTo(value, 5);
    });
  });

  it.each([
    [{ box: [0, 0, 5, 4] }, 'params.box: must lie in the 4x4 picture, found [0, 0, 5, 4]'],
    [{ box: [1, 2] }, 'params.box: must be 4 numbers or none, found 2'],
    [{ resize: 3, crop: 4 }, 'params.crop: must be at most resize, 3; found 4'],
    [{ order: [4] }, 'params.order: must be numbers of 0 to 3, found [4]'],
    [{ mean: [0, 0, 0] }, 'params.mean: mean and std must have 1 numbers, one a channel'],
  ])('refuses %j', (params, message) => {
    expect(() => run({ resize: 4, crop: 4, ...params }, [1, 4, 4, 1])).toThrow(message);
  });
});
