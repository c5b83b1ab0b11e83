import { catalogue, parseRecipe, planRecipe } from '@lyceum/recipes';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { varyRecipe, type Variation } from './vary-recipe.js';

const text = `# why
apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: any }
spec:
  seed: 5
  data: { name: fashion-mnist, trainLimit: 10000 }
  models: { s: { architecture: resnet8 } }
  training: { epochs: 4 }
  stages:
    - { name: alone, kind: train, model: s }
    - { name: longer, kind: train, model: s, seed: 7, training: { epochs: 8 } }
    - name: pair
      kind: co-train
      peers: [{ name: a, model: s }, { name: b, model: s, seed: 9 }]
      losses: [{ loss: ce }, { loss: dml }]
`;
const tasksOf = (variation: Variation) =>
  planRecipe(parseRecipe(varyRecipe(text, variation))).flatMap(({ spec }) =>
    spec.kind === 'train' ? [spec] : [],
  );

describe('a varied recipe', () => {
  it('has all seeds moved by the same', () => {
    expect(tasksOf({}).map(({ seed }) => seed)).toEqual([5, 7, 5, 9]);
    expect(tasksOf({ seed: 2 }).map(({ seed }) => seed)).toEqual([2, 4, 2, 6]);
    expect(tasksOf({ seed: 2 }).map(({ dataSeed }) => dataSeed)).toEqual([2, 4, 2, 2]);
  });

  it('has the budget asked for in every stage, and no more samples than before', () => {
    const tasks = tasksOf({ epochs: 1, trainLimit: 512, testLimit: 100 });
    expect(tasks.map(({ training }) => training.epochs)).toEqual([1, 1, 1, 1]);
    for (const { data } of tasks) expect([data.trainLimit, data.testLimit]).toEqual([512, 100]);
    expect(tasksOf({ trainLimit: 20_000 })[0].data.trainLimit).toBe(10_000);
  });

  it('keeps its comments, and is the same recipe with its own seed', () => {
    expect(varyRecipe(text, { seed: 5 })).toContain('# why');
    expect(parseRecipe(varyRecipe(text, { seed: 5 }))).toEqual(parseRecipe(text));
  });

  it.each(catalogue.recipes())('of the library is a recipe: $name', ({ file }) => {
    const given = readFileSync(file, 'utf8');
    const varied = parseRecipe(varyRecipe(given, { seed: 3, epochs: 1, trainLimit: 256, testLimit: 100 }));
    expect(varied.spec.seed).toBe(3);
    const before = planRecipe(parseRecipe(given)).map(({ name }) => name);
    expect(planRecipe(varied).map(({ name }) => name)).toEqual(before);
  });
});
