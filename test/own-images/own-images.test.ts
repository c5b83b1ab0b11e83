import { openOrchestrator, type OrchestratorClient } from '@lyceum/client';
import { batchIndices, batchOrder, fillBatch, loadDataSet, viewedAt } from '@lyceum/data';
import { startEngine, tf } from '@lyceum/engine';
import { buildModel, type Model } from '@lyceum/models';
import { dataSpecOf } from '@lyceum/recipes';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startOrchestrator } from '../processes/fleet.js';
import { runRecipe } from '../processes/recipe-run.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';
import { TinyRun } from '../recipes/tiny-run.js';
import { makeFolder, makePhoto } from './made-images.js';

const scope = fileScope();
const folder = join(scope.folder, 'my photos');
const photo = join(scope.folder, 'photo.jpg');
let orchestrator: Served;
let client: OrchestratorClient;

beforeAll(async () => {
  await startEngine({ backend: 'js' });
  await makeFolder(folder, 20);
  await makePhoto(photo);
  orchestrator = await startOrchestrator(scope, { trainers: 1 });
  client = openOrchestrator(orchestrator.address);
  scope.defer(() => client.close());
}, 120_000);

describe('a folder of images', () => {
  it('and two sizes of network are a recipe', async () => {
    const recipe = `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: my-photos }
spec:
  data: { path: "${folder}" }
  models: { teacher: plain-cnn-8, student: plain-cnn-4 }`;
    const { run, error } = await runRecipe(scope, orchestrator, recipe);
    expect(error).toBeUndefined();
    expect(run?.tasks.map(({ name }) => name)).toEqual(['teacher', 'alone', 'distilled']);
    for (const task of run?.tasks ?? []) {
      expect(task.results.accuracy).toBeGreaterThanOrEqual(0);
      // 16 of 20 images of each class are for training: a batch of 32 in each of 5 epochs.
      expect(task.results.steps).toBe(5);
    }
    const [teacher, alone, distilled] = run?.tasks ?? [];
    expect(alone.results.parameterCount).toBeLessThan(teacher.results.parameterCount);
    expect(distilled.results.receivedBytes).toBe(5 * 32 * 2 * 4);
  }, 120_000);

  it('that has too few is told at once what it lacks', async () => {
    await makeFolder(join(scope.folder, 'few'), 1);
    const recipe = `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: few }
spec:
  data: { path: "${join(scope.folder, 'few')}" }
  models: { teacher: plain-cnn-8, student: plain-cnn-4 }`;
    const { error } = await runRecipe(scope, orchestrator, recipe);
    expect(error?.message).toContain('/few/circles" has 1 image; a class needs at least 2');
  }, 60_000);
});

describe('one photograph', () => {
  const recipe = (mixing: number) => `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: one-photo }
spec:
  data: { name: "synthetic:12x12x3/3", trainLimit: 32, testLimit: 9, augmentation: { padCropPixels: 1, flip: true } }
  models: { large: plain-cnn-8, small: plain-cnn-4 }
  training: { epochs: 1, batchSize: 8 }
  stages:
    - { name: teacher, kind: train, model: large }
    - name: patches
      kind: distill
      model: small
      teachers: [{ stage: teacher }]
      data:
        viewPixels: 6
        trainFrom: { name: one-image, path: "${photo}", trainLimit: 20 }
        augmentation: { cutmixAlpha: ${mixing} }
      losses: [{ loss: one-image }]`;

  it.each([1, 0])(
    'is seen by teacher and student alike, each at its side, with cutmix of %s',
    async (mixing) => {
      const run = await TinyRun.of(client, recipe(mixing));
      expect(run.ending).toBe('succeeded');
      const { data: config, dataSeed, seed } = run.training('patches');
      const data = await loadDataSet(dataSpecOf(config));
      expect([data.train.count, data.test.count]).toEqual([20, 9]);
      const indices = batchIndices(batchOrder({ seed: dataSeed, epoch: 0, count: 20 }), 8, 0);
      const imagesOf = (view: number | undefined, cutmixAlpha: number) => {
        const seen = viewedAt(data, view);
        const augmentation = { ...config.augmentation, seed: dataSeed, cutmixAlpha };
        return tf.tensor4d(fillBatch(seen, 'train', indices, 0, augmentation), [8, ...seen.shape]);
      };
      const teacher = await run.model('teacher');
      const student = buildModel({ architecture: 'plain-cnn-4', classCount: 3, inputShape: [6, 6, 3] }, seed);
      const loss = (taught: number, learnt: number) =>
        divergence(
          logits(teacher, imagesOf(undefined, taught), false),
          logits(student, imagesOf(6, learnt), true),
        );
      const found = run.first('patches')['one-image'];
      expect(Math.abs(found / loss(mixing, mixing) - 1)).toBeLessThan(1e-3);
      if (mixing === 0) return;
      expect(Math.abs(found / loss(0, mixing) - 1)).toBeGreaterThan(1e-2);
      expect(Math.abs(found / loss(mixing, 0) - 1)).toBeGreaterThan(1e-2);
    },
    120_000,
  );
});

const logits = (model: Model, images: tf.Tensor4D, training: boolean): tf.Tensor =>
  tf.tidy(() => model.forward(images, ['logits'], { training }).logits);

/** KL at T = 8, of the batch the mean. */
function divergence(teacher: tf.Tensor, student: tf.Tensor): number {
  const [p, q] = [teacher, student].map((side) => tf.logSoftmax(tf.div(side, 8)));
  const sum = tf.sum(tf.mul(tf.exp(p), tf.sub(p, q)), 1);
  return tf.mean(sum).dataSync()[0];
}
