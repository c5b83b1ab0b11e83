import { openArtifacts, type ArtifactStore } from '@lyceum/artifacts';
import { openLossService } from '@lyceum/client';
import { describeModel } from '@lyceum/models';
import { decodeSafetensors } from '@lyceum/tensor';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { startLoss, startOrchestrator } from '../processes/fleet.js';
import { runRecipe, type RecipeRun } from '../processes/recipe-run.js';
import { fileScope } from '../processes/scope.js';
import { launch } from '../processes/service.js';

const scope = fileScope();
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const recipe = readFileSync(here('recipe.yaml'), 'utf8');
const margin = here('margin-losses');
let done: RecipeRun;
let artifacts: ArtifactStore;

beforeAll(async () => {
  const orchestrator = await startOrchestrator(scope, { trainers: 2, args: ['--loss-packages', margin] });
  done = await runRecipe(scope, orchestrator, recipe, ['--loss-packages', margin]);
  if (done.run === undefined) throw new Error(JSON.stringify(done.error));
  artifacts = openArtifacts(done.run.artifactRoot);
}, 300_000);

const metricsOf = (task: string) =>
  done.events.flatMap((event) => (event.task === task && event.metrics ? [event.metrics] : []));

describe('a student of two teachers', () => {
  it('adds up its losses by their weights, whatever they combine', () => {
    const points = metricsOf('student');
    expect(points.at(-1)?.step).toBe(19);
    for (const { loss, losses } of points) {
      const { ce, kd, at, fitnet, local, served } = losses;
      const total = 0.5 * ce + 0.5 * kd + 10 * at + 0.1 * fitnet + 0.01 * (local + served);
      expect(loss).toBeCloseTo(total, 4);
      expect(Math.min(ce, kd, at, fitnet, local)).toBeGreaterThan(0);
    }
  });

  it("computes a package's loss in the trainer as the loss service does, its key in the teacher", () => {
    for (const { losses } of metricsOf('student')) {
      expect(Math.abs(losses.local - losses.served)).toBeLessThan(1e-5 * losses.local);
    }
  });

  it('exports no adapter, and keeps them in its checkpoints', async () => {
    const key = `${done.run?.name}/student/weights.safetensors`;
    const names = decodeSafetensors(await artifacts.get(key)).tensors.map(({ name }) => name);
    const model = describeModel({ architecture: 'plain-cnn-4', classCount: 10, inputShape: [28, 28, 1] });
    expect(names.sort()).toEqual(model.parameters.map(({ name }) => name).sort());
    const saved = await artifacts.list(`${done.run?.name}/student/checkpoints`);
    const checkpoint = saved[saved.length - 1];
    const inside = decodeSafetensors(await artifacts.get(checkpoint)).tensors.map(({ name }) => name);
    const adapters = inside.filter((name) => name.startsWith('adapter/'));
    expect(adapters).toContain('adapter/fitnet/conv.kernel');
    for (const name of adapters.filter((adapter) => /kernel/.test(adapter))) {
      expect(inside.filter((other) => other.startsWith(`optimizer/`) && other.endsWith(name))).toHaveLength(
        1,
      );
    }
  });
});

describe('students that learn from a teacher and from each other', () => {
  // They checkpoint after each step: "step 0 is no longer kept" was what the slower one got.
  it.each(['mutual/a', 'mutual/b'])('weigh both by how well they know the label: %s', (task) => {
    const points = metricsOf(task);
    expect(points.at(-1)?.step).toBe(19);
    for (const { losses } of points) expect(losses.kd).toBeGreaterThan(0);
  });
});

describe('a package of losses', () => {
  const loss = 'margin-losses#margin';

  it('is served where the operator allowed it, and refused at once where not', async () => {
    const [bare, allowing] = await Promise.all([
      startLoss(scope),
      startLoss(scope, { args: ['--loss-packages', margin] }),
    ]);
    const [refusing, serving] = [openLossService(bare.address), openLossService(allowing.address)];
    await expect(refusing.get(loss)).rejects.toMatchObject({
      reason: 'FORBIDDEN',
      message: expect.stringContaining('start it with --loss-packages margin-losses') as string,
    });
    const names = (await serving.list()).map(({ name }) => name);
    expect([names.includes('kd'), names.includes(loss)]).toEqual([true, true]);
    for (const client of [refusing, serving]) client.close();
  });

  it('that is bad keeps a service from starting, with one line that says why', async () => {
    const folder = join(scope.folder, 'clash');
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'clash', type: 'module' }));
    const code = readFileSync(join(margin, 'index.js'), 'utf8').replace("id: 'margin'", "id: 'kd'");
    writeFileSync(join(folder, 'index.js'), code);
    const process = launch(scope, 'loss', { args: ['--loss-packages', folder] });
    expect(await process.ended).toEqual({ code: 2, signal: null });
    const [line, ...more] = process.log.trim().split('\n');
    expect((JSON.parse(line) as { msg: string }).msg).toBe(
      'lossPackages: package "clash" has a loss "kd", and so has Lyceum; give it another id',
    );
    expect(more).toEqual([]);
  });
});
