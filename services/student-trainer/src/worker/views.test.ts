import { loadDataSet, viewedAt } from '@lyceum/data';
import { describe, expect, it } from 'vitest';
import { madeTraining } from './made-training.fixture.js';

const losses =
  '{ loss: pixel-distillation, params: { cropSize: 8, imageChannels: 1, eta: 10 }, studentTaps: { layer1: f1 } }';
const made = (data: string) => madeTraining({ losses, teachers: { t: 'plain-cnn-4' }, data, epochs: 8 });

describe('a student that sees images smaller than its teacher', () => {
  it('is of that size, and rebuilds the images in full', async () => {
    const { training, prepared, model, data, images, answers } = await made(
      '{ viewPixels: 4, augmentation: { flip: true } }',
    );
    expect(model.config.inputShape).toEqual([4, 4, 1]);
    expect(images(0).shape).toEqual([6, 4, 4, 1]);
    const name = training.batches.names.name(0);
    const whole = training.batches.wholeImages(name, images(0));
    expect(whole.shape).toEqual([6, 8, 8, 1]);
    const firstPixels = (values: ArrayLike<number>, width: number) =>
      [0, 1, width, width + 1].map((i) => values[i]);
    const mean = firstPixels(whole.dataSync(), 8).reduce((sum, value) => sum + value / 4, 0);
    // The mean of what the small pixel covers, up to its rounding to whole bytes.
    expect(Math.abs(images(0).dataSync()[0] - mean)).toBeLessThan(0.51 / 255 / data.normalization.std[0]);
    expect(prepared.adapterParameterCount).toBeGreaterThan(0);
    const values = Array.from(
      { length: training.stepCount },
      (_, step) => training.step(step, answers(step)).loss,
    );
    const sum = (some: readonly number[]) => some.reduce((total, value) => total + value, 0);
    expect(sum(values.slice(-4))).toBeLessThan(sum(values.slice(0, 4)));
  });

  it('is told when the side is none', async () => {
    await expect(made('{ viewPixels: 9 }')).rejects.toThrow(
      'data.viewPixels: must be a whole number up to the side of the images, 8; found 9',
    );
  });
});

describe('training images without labels', () => {
  it('are enough for a loss that learns from a teacher alone', async () => {
    const { training, answers, data } = await madeTraining({
      losses: '{ loss: one-image }',
      teachers: { t: 'plain-cnn-4' },
      data: '{ trainFrom: { name: noise, trainLimit: 24 }, augmentation: { cutmixAlpha: 0.25 } }',
    });
    expect(new Set(data.train.labels)).toEqual(new Set([-1]));
    const numbers = training.step(0, answers(0));
    expect(numbers.accuracy).toBe(0);
    expect(numbers.loss).toBeGreaterThan(0);
  });

  it('are looked at by view as any others', async () => {
    const trainFrom = { name: 'noise', trainLimit: 5 };
    const data = await loadDataSet({ name: 'synthetic:8x8x1/3', trainLimit: 6, testLimit: 3, trainFrom });
    expect(viewedAt(data, 4).train.count).toBe(5);
  });
});
