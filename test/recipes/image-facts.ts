import { batchIndices, batchOrder, fillBatch, loadDataSet, viewedAt } from '@lyceum/data';
import { tf } from '@lyceum/engine';
import { findOperator, parseParams } from '@lyceum/losses';
import { dataSpecOf, type TrainTask } from '@lyceum/recipes';
import { expect } from 'vitest';
import { trainCount } from './tiny-recipe.js';
import type { TinyRun } from './tiny-run.js';

/** What must be true of a run of the recipes that are about the images themselves. */
export const imageFacts: Readonly<
  Record<string, readonly [says: string, fact: (run: TinyRun) => Promise<void>]>
> = {
  'one-image': [
    'students learn without labels, from mixed patches that teachers see too, and are tested on real images',
    async (run) => {
      const students = {
        patches: 'one-image',
        unmixed: 'one-image',
        noise: 'noise',
        unlabelled: 'fashion-mnist',
      };
      for (const [task, source] of Object.entries(students)) {
        expect(run.training(task).data.trainFrom?.name).toBe(source);
        expect(Object.keys(run.first(task))).toEqual(['one-image']);
        expect(run.steps(task).map(({ accuracy }) => accuracy)).toEqual([0, 0, 0, 0]);
        expect(run.task(task).results.receivedBytes).toBe(trainCount * 10 * 4);
        expect((await run.evaluation(task)).sampleCount).toBe(100);
      }
      // The same patches to the same student, mixed or not.
      expect(run.first('patches')['one-image']).not.toBe(run.first('unmixed')['one-image']);
      const [mixed, apart] = [await firstImages(run, 'patches'), await firstImages(run, 'unmixed')];
      const operator = findOperator('one-image-cutmix');
      const permutation = tf.range(mixed.shape[0] - 1, -1, -1, 'int32');
      const [top, bottom, left, right] = changedBox(mixed, apart);
      expect((bottom - top) * (right - left)).toBeGreaterThan(0);
      // A box of all of the image: what the partners have everywhere.
      const params = parseParams(operator.params, { lambda: 0, row: 14, column: 14 });
      const { mixed: partners } = operator.run({
        params,
        inputs: { images: apart, permutation },
        weights: {},
      });
      const inside = (batch: tf.Tensor) =>
        tf.slice(batch, [0, top, left, 0], [-1, bottom - top, right - left, -1]).dataSync();
      expect(inside(mixed)).toEqual(inside(partners));
    },
  ],
  'pixel-distillation': [
    'the student sees a quarter of the pixels of the same crops, and the assistant is its network on all of them',
    async (run) => {
      for (const task of ['alone', 'kd', 'rebuild', 'tas'])
        expect(run.training(task).data.viewPixels).toBe(14);
      for (const task of ['teacher', 'large', 'assistant'])
        expect(run.training(task).data.viewPixels).toBeUndefined();
      for (const task of ['kd', 'rebuild', 'tas'])
        expect(run.training(task).teachers[0].viewPixels).toBeUndefined();
      const { architecture } = run.training('tas').model;
      expect(run.training('assistant').model.architecture).toBe(architecture);
      expect(run.training('tas').teachers).toMatchObject([
        { weights: 'assistant/weights.safetensors', architecture },
      ]);
      const [small, large] = [await firstImages(run, 'kd'), await firstImages(run, 'assistant')];
      expect([small.shape, large.shape]).toEqual([
        [64, 14, 14, 1],
        [64, 28, 28, 1],
      ]);
      const halved = tf.avgPool(large, 2, 2, 'valid');
      // Up to the rounding to whole bytes.
      const farthest = tf.max(tf.abs(tf.sub(halved, small))).dataSync()[0];
      expect(farthest).toBeLessThan(0.51 / 255 / 0.353);
      // R of 16 channels: 4 values for each place of its map, and a slope.
      expect(run.task('rebuild').results.adapterParameterCount).toBe(16 * 4 + 1);
      expect(run.task('kd').results.receivedBytes).toBe(trainCount * 10 * 4);
      expect(run.task('tas').results.receivedBytes).toBe(trainCount * (10 + 7 * 7 * 64) * 4);
      // A quarter of the cost, but for sides of 7 / 2.
      const cost = (task: string) => run.task(task).results.multiplyAdds;
      expect(cost('large') / cost('tas')).toBeGreaterThan(3.5);
    },
  ],
};

/** The images of a training's first batch as its student sees them, made from their names. */
async function firstImages(run: TinyRun, name: string): Promise<tf.Tensor4D> {
  const task: TrainTask = run.training(name);
  const data = viewedAt(await loadDataSet(dataSpecOf(task.data)), task.data.viewPixels);
  const order = batchOrder({ seed: task.dataSeed, epoch: 0, count: data.train.count });
  const indices = batchIndices(order, task.training.batchSize, 0);
  const pixels = fillBatch(data, 'train', indices, 0, { ...task.data.augmentation, seed: task.dataSeed });
  return tf.tensor4d(pixels, [indices.length, ...data.shape]);
}

/** The rows and columns within which two batches differ. */
function changedBox(one: tf.Tensor4D, other: tf.Tensor4D): [number, number, number, number] {
  const differs = tf.any(tf.notEqual(one, other), [0, 3]);
  const [rows, columns] = [1, 0].map((axis) => Array.from(tf.any(differs, axis).dataSync()));
  return [rows.indexOf(1), rows.lastIndexOf(1) + 1, columns.indexOf(1), columns.lastIndexOf(1) + 1];
}
