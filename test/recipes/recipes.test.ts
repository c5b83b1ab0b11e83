import { openOrchestrator, type OrchestratorClient } from '@lyceum/client';
import { startEngine } from '@lyceum/engine';
import { describeModel } from '@lyceum/models';
import { catalogue, parseRecipe } from '@lyceum/recipes';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startOrchestrator } from '../processes/fleet.js';
import { fileScope } from '../processes/scope.js';
import { methodFacts } from './method-facts.js';
import { stepCount, tinyRecipe } from './tiny-recipe.js';
import { ofFashion, TinyRun } from './tiny-run.js';

const scope = fileScope();
const library = catalogue.recipes().map(({ name, file }) => ({ name, text: readFileSync(file, 'utf8') }));
let orchestrator: OrchestratorClient;

beforeAll(async () => {
  // Plain JavaScript: the tests themselves only build networks to compare with.
  await startEngine({ backend: 'js' });
  const { address } = await startOrchestrator(scope, { trainers: 2 });
  orchestrator = openOrchestrator(address);
  scope.defer(() => orchestrator.close());
});

it('every recipe of the library has a fact of its method here', () => {
  expect(Object.keys(methodFacts).sort()).toEqual(library.map(({ name }) => name).sort());
});

describe.each(library)('$name', ({ name, text }) => {
  let run: TinyRun;
  beforeAll(async () => {
    run = await TinyRun.of(orchestrator, tinyRecipe(text));
    // Sixteen networks, and their teachers' processes, take their time on a busy machine.
  }, 300_000);

  it('runs to its end', () => {
    expect(run.ending).toBe('succeeded');
    expect(run.tasks.filter(({ attempt }) => attempt !== 1)).toEqual([]);
    for (const { task } of run.trainings) {
      const steps = run.steps(task);
      expect([task, steps.at(-1)?.step]).toEqual([task, stepCount - 1]);
      expect(steps.filter(({ loss }) => !Number.isFinite(loss))).toEqual([]);
    }
  });

  it('ends with students that have no adapters, and a test accuracy of all that it compares', async () => {
    for (const { task, model } of run.trainings) {
      const plain = describeModel({ ...ofFashion, architecture: model.architecture }).parameters;
      expect([...(await run.weights(task)).keys()].sort()).toEqual(plain.map((one) => one.name).sort());
    }
    const { teacher, alone, distilled = [] } = parseRecipe(text).spec.compare ?? {};
    const compared = [teacher, alone, ...distilled].filter((task) => task !== undefined);
    for (const task of compared) expect(run.task(task).results.accuracy).toBeGreaterThanOrEqual(0);
  });

  const [says, fact] = methodFacts[name] ?? ['has a fact', () => undefined];
  it(says, () => fact(run));
});
