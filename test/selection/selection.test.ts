import { openArtifacts, type ArtifactStore } from '@lyceum/artifacts';
import { describeModel } from '@lyceum/models';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { startOrchestrator } from '../processes/fleet.js';
import { runRecipe, type RecipeRun } from '../processes/recipe-run.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';

const scope = fileScope();
const patience = 120_000;
const recipe = readFileSync(fileURLToPath(new URL('recipe.yaml', import.meta.url)), 'utf8');
const config = { architecture: 'plain-cnn-8', classCount: 10, inputShape: [28, 28, 1] } as const;
const layers = describeModel(config).taps.flatMap(({ name, role }) =>
  role === 'map' || role === 'block' ? [name] : [],
);
let orchestrator: Served;
let done: RecipeRun;
let artifacts: ArtifactStore;
let chosen: Selected;

/** What a stage that selects writes. */
interface Selected {
  readonly taps: readonly string[];
  readonly layers: readonly string[];
  readonly distances: readonly (readonly number[])[];
  readonly assignment: readonly number[];
}

const artifact = (name: string) => artifacts.get(`${done.run?.name}/${name}`);

beforeAll(async () => {
  orchestrator = await startOrchestrator(scope, { trainers: 2 });
  done = await runRecipe(scope, orchestrator, recipe);
  if (done.run === undefined) throw new Error(JSON.stringify(done.error));
  artifacts = openArtifacts(done.run.artifactRoot);
  chosen = JSON.parse(Buffer.from(await artifact('hints/selection.json')).toString()) as Selected;
}, 300_000);

const weightsOf = ({ run }: RecipeRun) =>
  run?.tasks.find(({ name }) => name === 'student')?.artifacts.weightsDigest;

describe('a stage that selects', () => {
  it('picks as many layers as it is asked for, of all blocks, shallow to deep', () => {
    expect(chosen.layers).toEqual(layers);
    expect(chosen.taps).toHaveLength(2);
    const places = chosen.taps.map((tap) => layers.indexOf(tap));
    expect(places[0]).toBeGreaterThanOrEqual(0);
    expect(places[1]).toBeGreaterThan(places[0]);
    const clusters = places.map((place) => chosen.assignment[place]);
    expect(new Set(clusters).size).toBe(2);
  });

  it('goes by distances of layers, from 0 to 1', () => {
    for (const [row, distances] of chosen.distances.entries()) {
      expect(distances[row]).toBeCloseTo(0, 5);
      expect(Math.max(...distances)).toBeLessThanOrEqual(1);
      expect(Math.min(...distances)).toBeGreaterThanOrEqual(0);
    }
    const all = chosen.distances.flat();
    expect(Math.max(...all)).toBeGreaterThan(0.05);
  });

  it('says what it chose', () => {
    const said = done.events.filter(({ task }) => task === 'hints').map(({ message }) => message);
    expect(said.join('\n')).toContain(`chose ${chosen.taps.join(', ')} of 5 layers, by 300 samples`);
    const { results } = done.run?.tasks.find(({ name }) => name === 'hints') ?? {};
    expect(results).toEqual({ points: 2, layers: 5, samples: 300 });
  });
});

describe('a student of selected taps', () => {
  it(
    'ends with the weights of one whose recipe names them',
    async () => {
      const file = join(scope.folder, 'teacher.safetensors');
      writeFileSync(file, await artifact('teacher/weights.safetensors'));
      const named = recipe
        .replace('plain-cnn-8 }', `plain-cnn-8, weights: ${file} }`)
        .replace(/\n {4}- \{ name: (teacher|hints).*/g, '')
        .replace('{ stage: teacher }', '{ model: wide }')
        .replace('{ stage: hints }', `[${chosen.taps.join(', ')}]`)
        .replace('{ stage: hints, point: 2 }', chosen.taps[1]);
      const again = await runRecipe(scope, orchestrator, named);
      expect(again.error).toBeUndefined();
      expect(weightsOf(again)).toMatch(/^sha256:/);
      expect(weightsOf(again)).toBe(weightsOf(done));
    },
    patience,
  );
});
