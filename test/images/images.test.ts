import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { startOrchestrator } from '../processes/fleet.js';
import { runRecipe, type RecipeRun } from '../processes/recipe-run.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';

const scope = fileScope();
const recipe = readFileSync(fileURLToPath(new URL('recipe.yaml', import.meta.url)), 'utf8');
let orchestrator: Served;
let done: RecipeRun;

beforeAll(async () => {
  orchestrator = await startOrchestrator(scope, { trainers: 2 });
  done = await runRecipe(scope, orchestrator, recipe);
  if (done.run === undefined) throw new Error(JSON.stringify(done.error));
}, 300_000);

const taskOf = (name: string) => done.run?.tasks.find((task) => task.name === name);

const valuesOf = (task: string) =>
  done.events.flatMap((event) =>
    event.task === task && event.metrics ? [event.metrics.losses['pixel-distillation']] : [],
  );

describe('pixel distillation', () => {
  it.each(['local', 'served'])('learns to rebuild the images: %s', (task) => {
    const values = valuesOf(task);
    expect(values.length).toBeGreaterThan(3);
    expect(values.at(-1)).toBeLessThan(values[0]);
    expect(taskOf(task)?.results.adapterParameterCount).toBeGreaterThan(0);
  });

  it.each([
    ['local', 'served'],
    ['without', 'without-served'],
  ])('ends the same in the trainer (%s) and by a service (%s)', (local, served) => {
    const [here, there] = [local, served].map((task) => taskOf(task)?.results.testLoss ?? NaN);
    expect(there).toBeCloseTo(here, 4);
    expect(taskOf(local)?.results.adapterParameterCount).toBe(taskOf(served)?.results.adapterParameterCount);
  });

  it('has nothing to rebuild where its weight is 0, whatever size the images would have', () => {
    expect(taskOf('without')?.results.adapterParameterCount).toBe(0);
  });

  it.each(['in-process', 'loss-service'])(
    'names the parameters when they are for images of another size: %s',
    async (via) => {
      const [head] = recipe.split('    - name: local');
      const stage = `    - name: larger
      kind: distill
      model: student
      teachers: [{ stage: teacher }]
      losses: [{ loss: ce }, { loss: pixel-distillation, params: { cropSize: 56, imageChannels: 1 }, via: ${via} }]`;
      const { error } = await runRecipe(scope, orchestrator, head + stage);
      expect(error?.message).toContain(
        'larger: losses[1].params: "pixel-distillation" needs "images.large" of [56, 56, 1], the images are [28, 28, 1]',
      );
    },
    120_000,
  );
});
