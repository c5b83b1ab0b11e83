import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { digestsOf } from '../e2e/lyceum-command.js';
import { startOrchestrator } from '../processes/fleet.js';
import { makeWeights } from '../processes/made-weights.js';
import { runRecipe } from '../processes/recipe-run.js';
import { fileScope, Scope } from '../processes/scope.js';
import type { Counts } from './teacher.js';

const model = { architecture: 'plain-cnn-8', data: 'synthetic:12x12x1/10', seed: 7 };
const views = 2;
const batches = 10;

/** A student with the keys of three losses in two views of each image. */
const recipeOf = (
  weights: string,
  { views: seen, flip }: { views: number | string; flip: boolean },
) => `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: again }
spec:
  data: { name: "${model.data}", trainLimit: ${batches * 16}, testLimit: 50, views: ${seen}, augmentation: { padCropPixels: 0, flip: ${flip} } }
  models:
    student: { architecture: plain-cnn-4 }
    teacher: { architecture: plain-cnn-8, weights: ${weights} }
  training: { epochs: 4, batchSize: 16 }
  stages:
    - { name: kd, kind: distill, model: student, teachers: [{ model: teacher }], losses: [{ loss: ce }, { loss: kd }, { loss: at }] }
`;

const scope = fileScope();
let count = 0;

/** Folders and processes of one test. */
function ownScope(): Scope {
  const own = new Scope();
  scope.defer(() => own[Symbol.asyncDispose]());
  return own;
}

/** A run by processes that start for it and end after it, in the same state folder; and what its teacher counted. */
async function run(own: Scope, text: string, args: readonly string[] = []) {
  count += 1;
  const logs = join(own.folder, `logs-${count}`);
  const orchestrator = await startOrchestrator(own, { trainers: 1, args: ['--log-folder', logs, ...args] });
  const { run, error } = await runRecipe(own, orchestrator, text, ['--fresh']);
  await orchestrator.process.stop();
  if (run === undefined) throw new Error(`${JSON.stringify(error)}\n${own.newLogs()}`);
  const log = readdirSync(logs).find((name) => name.startsWith('teacher-'));
  if (log === undefined) throw new Error('no teacher was started');
  const line = readFileSync(join(logs, log), 'utf8')
    .split('\n')
    .find((one) => one.includes('answered in all'));
  return { digests: digestsOf(run), counts: JSON.parse(line ?? '{}') as Counts };
}

it('the next run of a stage takes the keys that the one before left, and ends with the same weights', async () => {
  const own = ownScope();
  const weights = await makeWeights(own.folder, model);
  const text = recipeOf(weights, { views, flip: true });
  const first = await run(own, text);
  expect(first.counts).toMatchObject({ passes: views * batches, disk: 0 });
  const second = await run(own, text);
  expect(second.digests).toEqual(first.digests);
  expect(second.counts).toMatchObject({ passes: 0, disk: views * batches, memory: 2 * batches });
  const off = await run(own, text, ['--cache-folder-bytes', '0']);
  expect(off.digests).toEqual(first.digests);
  expect(off.counts).toMatchObject({ passes: views * batches, disk: 0 });
}, 300_000);

it('images that look the same in every view are kept, those that never come again are not', async () => {
  const own = ownScope();
  const weights = await makeWeights(own.folder, { ...model, seed: 8 });
  const keys = join(own.folder, 'elsewhere');
  const args = ['--cache-folder', keys];
  const fresh = await run(own, recipeOf(weights, { views: 'fresh', flip: true }), args);
  expect(fresh.counts).toMatchObject({ passes: 4 * batches, disk: 0 });
  expect(existsSync(keys) ? readdirSync(keys) : []).toEqual([]);
  const still = await run(own, recipeOf(weights, { views: 'fresh', flip: false }), args);
  // Those that are asked for ahead, before the first epoch's last answers, are computed twice: fewer than a window of 8.
  expect(still.counts.passes).toBeLessThan(batches + 8);
  expect(readdirSync(keys)).toHaveLength(1);
}, 300_000);
