import { catalogue, parseRecipe, planRecipe } from '@lyceum/recipes';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { trainCount } from './tiny-recipe.js';
import type { TinyRun } from './tiny-run.js';

/** What must be true of a run of the recipes whose students are measured by their features. */
export const embeddingFacts: Readonly<
  Record<string, readonly [says: string, fact: (run: TinyRun) => Promise<void>]>
> = {
  liaad: [
    'projections of their own for two teachers, and verification of classes that nobody has trained on',
    async (run) => {
      const saved = await run.checkpoint('liaad');
      const kernels = ['projectId', 'projectAge'].map((name) => saved.get(`adapter/liaad/${name}.kernel`));
      expect(kernels.map((kernel) => kernel?.shape)).toEqual([
        [32, 64],
        [32, 64],
      ]);
      expect(kernels[0]?.data).not.toEqual(kernels[1]?.data);
      expect(saved.get('adapter/liaad/projectLayer1.kernel')?.shape).toEqual([32, 64]);
      expect((await run.checkpoint('both')).has('adapter/liaad/projectLayer1.kernel')).toBe(false);
      // Directions of two embeddings; for the attentive term those of each place, and where to look.
      expect(run.task('both').results.receivedBytes).toBe(trainCount * 2 * 64 * 4);
      expect(run.task('liaad').results.receivedBytes).toBe(trainCount * (2 * 64 + 49 * 64 + 49) * 4);
      const [seen, unseen] = [classesOf('train'), classesOf('evaluate')];
      expect([seen.length, unseen.length]).toEqual([7, 3]);
      expect(seen.filter((label) => unseen.includes(label))).toEqual([]);
      expect((await run.weights('liaad')).get('fc.weight')?.shape).toEqual([32, 7]);
      expect(differentResults(run, 'unseen')).toHaveLength(7);
      const names = [1, 10].flatMap((share) =>
        ['', 'Within', 'Across'].map((scope) => `verification${share}${scope}`),
      );
      expect(Object.keys(run.task('unseen/liaad').results).sort()).toEqual(['networkCount', ...names].sort());
    },
  ],
  simreg: [
    'a head a teacher, none of which is left in the student, whose feature is measured without its classifier',
    async (run) => {
      const shapes = { bare: [], linear: ['head'], simreg: ['head'], 'two-teachers': ['head1', 'head2'] };
      for (const [task, wanted] of Object.entries(shapes)) {
        const saved = [...(await run.checkpoint(task)).keys()];
        const heads = saved.flatMap((name) => /^adapter\/simreg\/(head\d?)\./.exec(name)?.[1] ?? []);
        expect([task, [...new Set(heads)].sort()]).toEqual([task, wanted]);
        expect([...(await run.weights(task)).keys()].filter((name) => name.includes('head'))).toEqual([]);
        expect(await run.changedLayers(task)).toEqual(['bn1', 'conv1', 'layer1', 'layer2', 'layer3']);
        expect(Object.keys(run.first(task))).toEqual(['simreg']);
      }
      expect(run.task('simreg').results.receivedBytes).toBe(trainCount * 64 * 4);
      expect(run.task('two-teachers').results.receivedBytes).toBe(trainCount * 2 * 64 * 4);
      expect(differentResults(run, 'features')).toHaveLength(7);
      const { networkCount, ...shares } = run.task('features/simreg').results;
      expect([networkCount, Object.keys(shares).sort()]).toEqual([1, ['knn1', 'knn20', 'linearProbe']]);
      for (const share of Object.values(shares)) expect(Math.abs(share - 0.5)).toBeLessThanOrEqual(0.5);
    },
  ],
};

/** Classes of the recipe LIAAD's stages that train, or of those that evaluate. */
function classesOf(kind: 'train' | 'evaluate'): number[] {
  const text = readFileSync(catalogue.recipe('liaad').file, 'utf8');
  const tasks = planRecipe(parseRecipe(text)).filter(({ spec }) => spec.kind === kind);
  return [...new Set(tasks.flatMap(({ spec }) => spec.data.classes ?? []))];
}

/** The results of a stage that measures several networks, each once. */
function differentResults(run: TinyRun, stage: string): string[] {
  const tasks = run.tasks.filter((task) => task.stage === stage);
  return [...new Set(tasks.map(({ results }) => JSON.stringify(results)))];
}
