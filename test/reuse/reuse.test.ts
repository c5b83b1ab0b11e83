import type { Run } from '@lyceum/contracts/orchestrator';
import { parseRecipe } from '@lyceum/recipes';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { digestsOf } from '../e2e/lyceum-command.js';
import { startOrchestrator } from '../processes/fleet.js';
import { runRecipe, type RecipeRun } from '../processes/recipe-run.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';

const tasks = ['teacher', 'alone', 'kd'];

/** Teacher, student alone, and student distilled; by other names of stages for the same work. */
const recipeOf = (seed: number, rename: (task: string) => string = (task) => task): string => {
  const [teacher, alone, kd] = tasks.map(rename);
  const text = `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: again }
spec:
  seed: ${seed}
  data: { name: "synthetic:12x12x1/10", trainLimit: 160, testLimit: 50 }
  models: { large: { architecture: plain-cnn-8 }, small: { architecture: plain-cnn-4 } }
  training: { epochs: 2, batchSize: 16 }
  stages:
    - { name: ${teacher}, kind: train, model: large }
    - { name: ${alone}, kind: train, model: small }
    - { name: ${kd}, kind: distill, model: small, teachers: [{ stage: ${teacher} }], losses: [{ loss: kd }] }
`;
  parseRecipe(text);
  return text;
};
const stepCount = 20;

const scope = fileScope();
let orchestrator: Served;
let first: Run;

async function run(text: string, flags: readonly string[] = ['--reuse']): Promise<RecipeRun & { run: Run }> {
  const done = await runRecipe(scope, orchestrator, text, ['--fresh', ...flags]);
  if (done.run === undefined) throw new Error(`${JSON.stringify(done.error)}\n${scope.newLogs()}`);
  return { ...done, run: done.run };
}

const notesOf = ({ events }: RecipeRun, about: RegExp): string[] =>
  events.filter(({ message }) => about.test(message)).map(({ task }) => task);

const stepsOf = ({ events }: RecipeRun, task: string): (number | undefined)[] =>
  events.filter((event) => event.task === task && event.metrics).map(({ metrics }) => metrics?.step);

describe('a run with --reuse', () => {
  beforeAll(async () => {
    orchestrator = await startOrchestrator(scope, { trainers: 1 });
    first = (await run(recipeOf(1))).run;
  }, 300_000);

  it('takes weights, results and curves of the same stages by other names, and trains nothing', async () => {
    const again = await run(recipeOf(1, (task) => `${task}-2`));
    expect(notesOf(again, /^reused from run again-/)).toEqual(tasks.map((task) => `${task}-2`));
    const digests = Object.entries(digestsOf(first)).map(([task, digest]) => [`${task}-2`, digest]);
    expect(digestsOf(again.run)).toEqual(Object.fromEntries(digests));
    for (const task of tasks) {
      const [before, after] = [first, again.run].map((one) =>
        one.tasks.find(({ name }) => name.replace('-2', '') === task),
      );
      const { computedMs, ...results } = after?.results ?? {};
      expect([task, results]).toEqual([task, before?.results]);
      expect(computedMs).toBeGreaterThan(0);
      const steps = stepsOf(again, `${task}-2`);
      expect([steps[0], steps.at(-1), after?.stepCount]).toEqual([0, stepCount - 1, stepCount]);
      // It was never in training: there is no checkpoint of its own.
      expect(existsSync(join(scope.folder, 'artifacts', again.run.name, `${task}-2/checkpoints`))).toBe(
        false,
      );
    }
  }, 120_000);

  it('trains again with another seed, and without the option', async () => {
    const other = await run(recipeOf(2));
    expect(notesOf(other, /^reused/)).toEqual([]);
    expect(digestsOf(other.run).teacher).not.toBe(digestsOf(first).teacher);
    const plain = await run(recipeOf(1), []);
    expect(notesOf(plain, /^reused/)).toEqual([]);
    expect(digestsOf(plain.run)).toEqual(digestsOf(first));
  }, 240_000);

  it('finds damage, and computes anew what was damaged', async () => {
    const shared = join(scope.folder, 'artifacts/shared/tasks');
    const kept = readdirSync(shared, { recursive: true, encoding: 'utf8' });
    const weights = kept.filter((path) => path.endsWith('weights.safetensors'));
    expect(weights.length).toBeGreaterThanOrEqual(2 * tasks.length);
    for (const path of weights) writeFileSync(join(shared, path), 'damaged');
    const anew = await run(recipeOf(1));
    expect(notesOf(anew, /is damaged, so this is computed anew/).sort()).toEqual([...tasks].sort());
    expect(notesOf(anew, /^reused/)).toEqual([]);
    expect(digestsOf(anew.run)).toEqual(digestsOf(first));
    expect(notesOf(await run(recipeOf(1)), /^reused/).sort()).toEqual([...tasks].sort());
  }, 240_000);
});
