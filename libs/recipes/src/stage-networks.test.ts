import { describe, expect, it } from 'vitest';
import { parseRecipe } from './parse.js';
import { planRecipe } from './plan.js';
import type { TrainTask } from './task-spec.js';

const head = (data: string) => `
apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: test }
spec:
  seed: 10
  data: { name: fashion-mnist${data} }
  models:
    a: { architecture: plain-cnn-16 }
    b: { architecture: plain-cnn-8 }
    c: { architecture: plain-cnn-4 }
    r: { architecture: resnet8 }
  stages:
`;
const taught = 'teachers: [{ stage: all/a }], losses: [{ loss: takd }]';
const text = (stages: readonly string[], data = '') =>
  head(data) + stages.map((stage) => `    - { ${stage} }\n`).join('');
const sweep = 'name: all, kind: train, models: [a, b, c]';
const plan = (...stages: string[]) =>
  new Map(planRecipe(parseRecipe(text([sweep, ...stages]))).map((task) => [task.name, task]));
const training = (tasks: ReturnType<typeof plan>, name: string) => tasks.get(name)?.spec as TrainTask;
const teachersOf = (tasks: ReturnType<typeof plan>, name: string) =>
  training(tasks, name).teachers.map(({ weights, architecture }) => [weights, architecture]);
const problem = (stages: readonly string[], data?: string) => {
  try {
    parseRecipe(text([sweep, ...stages], data));
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('a stage of several models', () => {
  it('trains each by itself, from one seed', () => {
    const tasks = plan();
    expect([...tasks.keys()]).toEqual(['all/a', 'all/b', 'all/c']);
    for (const { dependsOn, gang } of tasks.values()) expect([dependsOn, gang]).toEqual([[], undefined]);
    expect([...tasks.keys()].map((name) => training(tasks, name).model.architecture)).toEqual([
      'plain-cnn-16',
      'plain-cnn-8',
      'plain-cnn-4',
    ]);
    expect([...tasks.keys()].map((name) => training(tasks, name).seed)).toEqual([10, 10, 10]);
  });

  it('is a chain when it distils: each is taught by the one before', () => {
    const tasks = plan(`name: chain, kind: distill, models: [b, c], ${taught}`);
    expect(teachersOf(tasks, 'chain/b')).toEqual([['all/a/weights.safetensors', 'plain-cnn-16']]);
    expect(teachersOf(tasks, 'chain/c')).toEqual([['chain/b/weights.safetensors', 'plain-cnn-8']]);
    expect(tasks.get('chain/c')?.dependsOn).toEqual(['chain/b']);
    expect(training(tasks, 'chain/c').teachers[0].name).toBe('teacher');
  });

  it("is taught by the stage's teachers when it says so", () => {
    const tasks = plan(`name: direct, kind: distill, models: [b, c], each: true, ${taught}`);
    for (const name of ['direct/b', 'direct/c'])
      expect(teachersOf(tasks, name)).toEqual([['all/a/weights.safetensors', 'plain-cnn-16']]);
  });

  it('means its last network by its plain name', () => {
    const tasks = plan(
      `name: chain, kind: distill, models: [b, c], ${taught}`,
      'name: more, kind: distill, model: c, teachers: [{ stage: chain }], losses: [{ loss: takd }]',
    );
    expect(tasks.get('more')?.dependsOn).toEqual(['chain/c']);
  });
});

describe('what is refused', () => {
  const distilled = (fields: string) => `name: chain, kind: distill, ${fields}, ${taught}`;

  it.each<[fields: string, says: string]>([
    ['model: a, models: [b, c]', 'needs either `model` or `models`'],
    ['seed: 1', 'needs either `model` or `models`'],
    ['models: [b, b]', 'names a model twice'],
    ['models: [b, d]', 'spec.stages[1].models[1] (line 15, column 49): there is no model "d"'],
    ['model: b, each: true', 'goes with `models`'],
    ['models: [b, c], generations: 2', '`models` are a chain already'],
  ])('%s', (fields, says) => {
    expect(problem([distilled(fields)])).toContain(says);
  });

  it('a part that a stage does not have', () => {
    expect(problem(['name: x, kind: evaluate, stages: [all/d]'])).toContain(
      'there is no part of stage "all" "d"',
    );
  });

  it('a tap that only a later teacher of the chain lacks', () => {
    const taps = (models: string) =>
      `name: chain, kind: distill, models: ${models}, teachers: [{ stage: all/a }], losses: [{ loss: at, teacherTaps: { layer: [f2.block1] }, studentTaps: { layer: [f2] } }]`;
    expect(problem([taps('[b, r]')])).toBe('none');
    expect(problem([taps('[r, b]')])).toContain('f2.block1');
  });

  it('a choice without samples to choose by', () => {
    const choice =
      'name: x, kind: distill, model: c, teachers: [{ best: [all/a, all/b] }], losses: [{ loss: takd }]';
    expect(problem([choice])).toContain(
      'spec.stages[1].teachers[0].best[0] (line 15, column 63): the best is chosen by validation accuracy, and stage "all" holds out no samples',
    );
    expect(problem([choice], ', validation: 1000')).toBe('none');
  });

  it('a tap that one of several teachers lacks', () => {
    const choice = (stages: string) =>
      `name: x, kind: distill, model: c, teachers: [{ best: ${stages} }], losses: [{ loss: at, teacherTaps: { layer: [f2.block1] }, studentTaps: { layer: [f2] } }]`;
    const other = 'name: other, kind: train, model: r';
    const data = ', validation: 1000';
    expect(problem([other, choice('[all/a, all/b]')], data)).toBe('none');
    expect(problem([other, choice('[all/a, other]')], data)).toContain('f2.block1');
  });
});
