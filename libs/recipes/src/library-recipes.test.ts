import { LyceumError } from '@lyceum/errors';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { libraryRecipe, listRecipes } from './library-recipes.js';
import { parseRecipe } from './parse.js';
import { planRecipe } from './plan.js';
import { weightsKey, type TrainTask } from './task-spec.js';

const all = listRecipes();
const recipes = new Map(all.map(({ name, file }) => [name, parseRecipe(readFileSync(file, 'utf8'))]));
const trainings = new Map(
  [...recipes].map(([name, recipe]) => [
    name,
    planRecipe(recipe).flatMap(({ spec }) => (spec.kind === 'train' ? [spec] : [])),
  ]),
);
const trainingsOf = (name: string): readonly TrainTask[] => trainings.get(name) ?? [];

describe('the library', () => {
  it('lists papers by their numbers, then the other recipes by name', () => {
    const numbers = all.map(({ paper }) => Number(paper?.number)).filter((number) => !Number.isNaN(number));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    const rest = all.slice(numbers.length).map(({ name }) => name);
    expect(rest).toEqual([...rest].sort());
    expect(numbers).toEqual(expect.arrayContaining([0, 1, 2, 3, 4, 5, 8, 11, 13, 14, 16, 17, 18, 20, 91]));
  });

  it('tells of each paper its title, authors and year', () => {
    const single = all.filter(({ paper }) => /^\d+$/.test(paper?.number ?? ''));
    for (const { name, method, paper } of single) {
      expect({ name, method, ...paper }).toMatchObject({
        method: expect.stringMatching(/./) as string,
        title: expect.stringMatching(/./) as string,
        authors: expect.stringMatching(/./) as string,
      });
      expect(paper?.year).toBeGreaterThan(2000);
    }
  });

  it.each(all.map(({ name, file }) => [name, file]))('has %s in the file of its name', (name, file) => {
    expect(file.endsWith(`/${name}.yaml`)).toBe(true);
  });

  it('says what to do when a name is wrong', () => {
    expect(() => libraryRecipe('fitnet')).toThrow(LyceumError);
    expect(() => libraryRecipe('fitnet')).toThrow('did you mean "fitnets"');
  });
});

/** What decides the weights that a training without a teacher ends with. */
const contentOf = ({ data, model, training, seed, dataSeed }: TrainTask): string =>
  JSON.stringify({ data, model, training, seed, dataSeed });

describe('recipes of the library', () => {
  it('train a network on labels alone in one way only, so that they can share it', () => {
    const ways = new Map<string, Set<string>>();
    for (const { name } of all) {
      const plain = trainingsOf(name).filter(({ losses, init, peers }) => {
        return init === undefined && peers.length === 0 && losses.every(({ loss }) => loss === 'ce');
      });
      for (const task of plain) {
        const key = JSON.stringify([task.data, task.model, task.seed]);
        ways.set(key, (ways.get(key) ?? new Set()).add(contentOf(task)));
      }
    }
    expect([...ways].filter(([, contents]) => contents.size > 1)).toEqual([]);
  });

  it.each([...recipes])(
    '%s: a student alone gets the budget of the distilled ones of its network and data',
    (name, recipe) => {
      const { compare } = recipe.spec;
      expect(compare?.distilled.length).toBeGreaterThan(0);
      const alone = trainingsOf(name).find(({ task }) => task === compare?.alone);
      expect(alone?.teachers).toEqual([]);
      const kindOf = (task?: TrainTask) => JSON.stringify([task?.model.architecture, task?.data]);
      const students = trainingsOf(name).filter(
        (task) => compare?.distilled.includes(task.task) && kindOf(task) === kindOf(alone),
      );
      const budgets = students.map((student) => [student.task, epochsOf(name, student)]);
      expect(budgets).toEqual(students.map(({ task }) => [task, alone?.training.epochs]));
    },
  );
});

/** Epochs of a training and of those that it starts from. */
function epochsOf(name: string, { init, training }: TrainTask): number {
  const before = trainingsOf(name).find(({ task }) => init?.weights === weightsKey(task));
  return training.epochs + (before === undefined ? 0 : epochsOf(name, before));
}

describe('the rough cost of a recipe', () => {
  it('counts forwards and backwards of the student, and forwards of its teachers once for a view', () => {
    const { cost } = libraryRecipe('kd');
    // 9.35 million multiply-adds of resnet8 for an image of 28 x 28, 31.02 of resnet20.
    const taught = 5000 * (4 * 3 * (9.35e6 + 9.35e6) + 31.02e6);
    const expected = 15_000 * 4 * 3 * 31.02e6 + taught;
    expect(cost.trainings).toBe(3);
    expect((cost.multiplyAdds ?? 0) / expected).toBeCloseTo(1, 2);
  });
});
