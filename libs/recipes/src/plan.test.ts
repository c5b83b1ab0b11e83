import { describe, expect, it } from 'vitest';
import { planRecipe } from './plan.js';
import { recipeSchema, type Recipe } from './schema.js';
import { taskSpecSchema, type TrainTask } from './task-spec.js';

function recipe(stages: unknown[], extra: Record<string, unknown> = {}): Recipe {
  return recipeSchema.parse({
    apiVersion: 'lyceum.dev/v1alpha1',
    kind: 'Distillation',
    metadata: { name: 'test' },
    spec: {
      seed: 10,
      data: { name: 'fashion-mnist' },
      models: { big: { architecture: 'resnet20' }, small: { architecture: 'resnet8' } },
      stages: [{ name: 'teacher', kind: 'train', model: 'big' }, ...stages],
      ...extra,
    },
  });
}

const specs = (stages: unknown[], extra?: Record<string, unknown>) =>
  new Map(planRecipe(recipe(stages, extra)).map((task) => [task.name, task]));

const train = (tasks: ReturnType<typeof specs>, name: string) => tasks.get(name)?.spec as TrainTask;

describe('planRecipe', () => {
  it('makes a task wait for the teacher that it learns from', () => {
    const tasks = specs([
      {
        name: 'kd',
        kind: 'distill',
        model: 'small',
        teachers: [{ stage: 'teacher' }],
        losses: [{ loss: 'kd' }],
      },
    ]);
    expect(tasks.get('kd')?.dependsOn).toEqual(['teacher']);
    expect(train(tasks, 'kd').teachers).toEqual([
      { name: 'teacher', weights: 'teacher/weights.safetensors', architecture: 'resnet20', dtype: 'fp32' },
    ]);
  });

  it('gives all trainings the same order of samples, and the same start to those without a seed', () => {
    const tasks = specs([
      { name: 'alone', kind: 'train', model: 'small' },
      { name: 'other', kind: 'train', model: 'small', seed: 3 },
    ]);
    expect([train(tasks, 'teacher').dataSeed, train(tasks, 'alone').dataSeed]).toEqual([10, 10]);
    expect(train(tasks, 'alone').seed).toBe(10);
    expect(train(tasks, 'other').seed).toBe(3);
  });

  it('chains generations: each is taught by the one before and starts from a seed of its own', () => {
    const tasks = specs([
      {
        name: 'again',
        kind: 'distill',
        model: 'small',
        teachers: [{ stage: 'teacher' }],
        generations: 3,
        losses: [{ loss: 'ban' }],
      },
      { name: 'vote', kind: 'evaluate', stages: ['again/1', 'again'] },
    ]);
    expect(tasks.get('again/2')?.dependsOn).toEqual(['again/1']);
    expect(['again/1', 'again/2', 'again/3'].map((name) => train(tasks, name).seed)).toEqual([11, 12, 13]);
    expect(train(tasks, 'again/3').teachers[0].architecture).toBe('resnet8');
    expect(tasks.get('vote')?.dependsOn).toEqual(['again/1', 'again/3']);
  });

  it('starts the peers of a co-training as one gang, with the same data and seeds that differ', () => {
    const peers = [
      { name: 'a', model: 'small' },
      { name: 'b', model: 'small' },
    ];
    const tasks = specs([
      { name: 'mutual', kind: 'co-train', peers, losses: [{ loss: 'ce' }, { loss: 'dml' }] },
    ]);
    expect(tasks.get('mutual/a')?.gang).toBe('mutual');
    expect(train(tasks, 'mutual/a')).toMatchObject({ self: 'a', peers: ['b'], seed: 10, dataSeed: 10 });
    expect(train(tasks, 'mutual/b')).toMatchObject({ self: 'b', peers: ['a'], seed: 11, dataSeed: 10 });
  });

  it('merges the changes of a stage into the training of the recipe', () => {
    const stage = {
      name: 'alone',
      kind: 'train',
      model: 'small',
      training: { epochs: 2, optimizer: { learningRate: 0.1 } },
    };
    const { training } = train(
      specs([stage], { training: { batchSize: 32, optimizer: { momentum: 0.5 } } }),
      'alone',
    );
    expect(training).toMatchObject({
      epochs: 2,
      batchSize: 32,
      optimizer: { learningRate: 0.1, momentum: 0.5 },
    });
  });

  it('numbers a loss that is used twice', () => {
    const losses = [
      { loss: 'kd' },
      { loss: 'kd', params: { temperature: 2 } },
      { loss: 'at', as: 'attention' },
    ];
    const tasks = specs([
      { name: 'kd', kind: 'distill', model: 'small', teachers: [{ stage: 'teacher' }], losses },
    ]);
    expect(train(tasks, 'kd').losses.map((loss) => loss.as)).toEqual(['kd', 'kd-2', 'attention']);
  });

  it('starts a stage from a part of an earlier one', () => {
    const tasks = specs([
      { name: 'next', kind: 'train', model: 'big', init: { stage: 'teacher', upTo: 'f2' } },
    ]);
    expect(train(tasks, 'next').init).toEqual({ weights: 'teacher/weights.safetensors', upTo: 'f2' });
    expect(tasks.get('next')?.dependsOn).toEqual(['teacher']);
  });

  it('writes specs that a trainer accepts after a way over the wire', () => {
    const tasks = specs([
      {
        name: 'kd',
        kind: 'distill',
        model: 'small',
        teachers: [{ stage: 'teacher' }],
        losses: [{ loss: 'kd' }],
      },
    ]);
    for (const { spec } of tasks.values())
      expect(taskSpecSchema.parse(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });
});
