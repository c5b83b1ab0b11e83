import { beforeAll, expect, it } from 'vitest';
import { startOrchestrator } from '../processes/fleet.js';
import { runRecipe, type RecipeRun } from '../processes/recipe-run.js';
import { fileScope } from '../processes/scope.js';

const scope = fileScope();
let done: RecipeRun;

const stage = (name: string, via: string) => `
    - name: ${name}
      kind: train
      model: context
      losses: [{ loss: cdgc, as: context, via: ${via} }, { loss: ce, as: probe }]`;

beforeAll(async () => {
  const orchestrator = await startOrchestrator(scope, { trainers: 2 });
  const recipe = `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: turns }
spec:
  data: { name: fashion-mnist, trainLimit: 320, testLimit: 100 }
  models: { context: { architecture: cdgc-context-4 } }
  training: { epochs: 1, batchSize: 32, optimizer: { name: adam, learningRate: 0.003 } }
  stages:${stage('here', 'in-process')}${stage('there', 'loss-service')}`;
  done = await runRecipe(scope, orchestrator, recipe);
  if (done.run === undefined) throw new Error(JSON.stringify(done.error));
}, 240_000);

// An optimizer with momentum moves on what has a gradient of zero, so a service has to leave out what is not in turn.
it('a loss whose parts take turns trains the same network here and in the loss service, to the last bit', () => {
  const [here, there] = ['here', 'there'].map((name) => done.run?.tasks.find((task) => task.name === name));
  expect(here?.results.steps).toBe(10);
  expect(here?.artifacts.weightsDigest).toMatch(/^sha256:/);
  expect(there?.artifacts.weightsDigest).toBe(here?.artifacts.weightsDigest);
});
