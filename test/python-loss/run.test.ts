import { openLossService } from '@lyceum/client';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { startOrchestrator } from '../processes/fleet.js';
import { runRecipe, type RecipeRun } from '../processes/recipe-run.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';
import { generateStubs, providePython } from '../tools/python.js';
import { providePytorch } from '../tools/pytorch.js';
import { curveOf, gapOf } from './loss-curve.js';

const pytorch = await providePytorch();
const grpc = pytorch.missing === undefined ? await providePython() : pytorch;
const scope = fileScope();
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const recipe = readFileSync(here('recipe.yaml'), 'utf8');
const python = scope.newSocket('python');
/** For machines that are busy with something else. */
const patience = 180_000;
const stepCount = 2 * (640 / 32);
let orchestrator: Served;

/** The recipe with the line of its loss changed. */
const changed = (line: string) => recipe.replace(/- \{ loss: kd, .*\}/, `- ${line}`);
const byService = (via: string) =>
  changed(`{ loss: kd, weight: 0.9, params: { temperature: 4 }, via: "${via}" }`);
/** A loss that only the service knows, weighed by the recipe and by a parameter. */
const ownLoss = (weight: number, own: number) =>
  changed(`{ loss: my-kl, weight: ${weight}, params: { weight: ${own} }, via: "${python}" }`);
/** Losses of several taps, one of them with a trained adapter. */
const features = (via: string) =>
  changed(`{ loss: at, weight: 100, via: ${via} }\n        - { loss: fitnet, weight: 0.3, via: ${via} }`);

async function curve(text: string) {
  const done: RecipeRun = await runRecipe(scope, orchestrator, text);
  expect(done.error).toBeUndefined();
  const points = curveOf(done.events, 'student');
  expect(points.at(-1)?.step).toBe(stepCount - 1);
  return { points, results: done.run?.tasks.find(({ name }) => name === 'student')?.results };
}

let builtIn: Awaited<ReturnType<typeof curve>>;

beforeAll(async () => {
  orchestrator = await startOrchestrator(scope, { trainers: 1 });
  builtIn = await curve(recipe);
}, 300_000);

/** Tells the figure, so that it stands in the log of every run. */
function report(what: string, { gap, pointCount }: ReturnType<typeof gapOf>): void {
  console.log(`${what}: curves at most ${gap.toExponential(1)} apart, at ${pointCount} points`);
}

describe('a loss computed elsewhere, by one line of the recipe', () => {
  it(
    'gives the same curve from the loss service',
    async () => {
      const { points, results } = await curve(byService('loss-service'));
      const found = gapOf(builtIn.points, points);
      report('loss-service', found);
      expect(found.pointCount).toBeGreaterThan(3);
      expect(found.gap).toBeLessThan(1e-5);
      expect(results?.testLoss).toBe(builtIn.results?.testLoss);
    },
    patience,
  );

  it(
    'gives the same curve from the loss service for losses of feature maps',
    async () => {
      const here = await curve(features('in-process'));
      const there = await curve(features('loss-service'));
      const found = gapOf(here.points, there.points);
      report('loss-service, at and fitnet', found);
      expect(found.pointCount).toBeGreaterThan(3);
      expect(found.gap).toBeLessThan(1e-5);
      expect(there.results?.testLoss).toBe(here.results?.testLoss);
    },
    2 * patience,
  );
});

describe.skipIf(grpc.missing !== undefined)('a loss service written in Python, with PyTorch', () => {
  beforeAll(async () => {
    if (pytorch.missing !== undefined || grpc.missing !== undefined) return;
    const stubs = join(scope.folder, 'stubs');
    await generateStubs(grpc, stubs);
    const service = scope.spawn('python', [here('loss_service.py'), python], {
      program: pytorch.python,
      environment: {
        PYTHONPATH: [stubs, pytorch.packages].join(':'),
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    await service.says(/serving kd, my-kl/);
  });

  it('describes its losses as the built-in service does', async () => {
    const losses = openLossService(python);
    expect((await losses.list()).map(({ name }) => name)).toEqual(['kd', 'my-kl']);
    await expect(losses.get('at')).rejects.toMatchObject({ codeName: 'NOT_FOUND' });
    losses.close();
  });

  it(
    'gives the same curve as the built-in loss',
    async () => {
      const { points, results } = await curve(byService(python));
      const found = gapOf(builtIn.points, points);
      report('PyTorch', found);
      expect(found.pointCount).toBeGreaterThan(3);
      expect(found.gap).toBeLessThan(1e-4);
      expect(results?.testLoss).toBeCloseTo(builtIn.results?.testLoss ?? NaN, 3);
    },
    patience,
  );

  it(
    'trains with a loss that Lyceum does not know, on the taps themselves',
    async () => {
      const { points } = await curve(ownLoss(0.9, 2));
      const means = points.map(({ step, sums }) => sums['my-kl'] / (step + 1));
      expect(means.at(-1)).toBeGreaterThan(0);
      expect(means.at(-1)).toBeLessThan(means[0]);
      // The service does not multiply this loss's gradients by its weight: the trainer does.
      const other = await curve(ownLoss(1.8, 1));
      const totals = (of: typeof points) =>
        of.map(({ step, sums: { total } }) => ({ step, sums: { total } }));
      expect(gapOf(totals(points), totals(other.points)).gap).toBeLessThan(1e-3);
    },
    2 * patience,
  );
});
