import { describe, expect, it } from 'vitest';
import { planRecipe } from './plan.js';
import { recipeSchema } from './schema.js';
import { taskSpecSchema, type TrainTask } from './task-spec.js';
import { candidatesOf, choiceText, withChosen } from './with-chosen.js';

const recipe = recipeSchema.parse({
  apiVersion: 'lyceum.dev/v1alpha1',
  kind: 'Distillation',
  metadata: { name: 'test' },
  spec: {
    data: { name: 'fashion-mnist', validation: 1000 },
    models: { big: { architecture: 'plain-cnn-8' }, small: { architecture: 'plain-cnn-4' } },
    stages: [
      { name: 'sweep', kind: 'train', models: ['big', 'small'] },
      {
        name: 'next',
        kind: 'distill',
        model: 'small',
        teachers: [{ best: ['sweep/big', 'sweep/small'], dtype: 'fp16' }],
      },
      { name: 'final', kind: 'evaluate', best: ['next', 'sweep/small'] },
    ],
  },
});
const tasks = new Map(planRecipe(recipe).map((task) => [task.name, task]));
const specOf = (name: string) => taskSpecSchema.parse(tasks.get(name)?.spec);
const accuracies: Record<string, number> = { 'sweep/big': 0.8, 'sweep/small': 0.9, next: 0.9 };

describe('withChosen', () => {
  it('takes the network with the highest validation accuracy', () => {
    const { spec, choices } = withChosen(specOf('next'), (task) => accuracies[task]);
    expect((spec as TrainTask).teachers).toEqual([
      {
        name: 'teacher',
        dtype: 'fp16',
        weights: 'sweep/small/weights.safetensors',
        architecture: 'plain-cnn-4',
      },
    ]);
    expect([candidatesOf(specOf('next')), candidatesOf(spec)]).toEqual([['sweep/big', 'sweep/small'], []]);
    expect(choices.map(choiceText)).toEqual([
      'taught by sweep/small, best of 2 by validation accuracy (90.00 %)',
    ]);
  });

  it('shows the chosen one images of its own size, not of that of another candidate', () => {
    const spec = specOf('next') as TrainTask;
    const [teacher] = spec.teachers;
    const [first, ...others] = teacher.best ?? [];
    const open = { ...teacher, viewPixels: 14, best: [{ ...first, viewPixels: 14 }, ...others] };
    const { spec: settled } = withChosen({ ...spec, teachers: [open] }, (task) => accuracies[task]);
    expect((settled as TrainTask).teachers[0]).toMatchObject({ architecture: 'plain-cnn-4' });
    expect('viewPixels' in (settled as TrainTask).teachers[0]).toBe(false);
  });

  it('takes the first of equal ones', () => {
    const { choices } = withChosen(specOf('final'), (task) => accuracies[task]);
    expect(choices.map(choiceText)).toEqual(['evaluates next, best of 2 by validation accuracy (90.00 %)']);
  });

  it('leaves a task with nothing to choose as it is', () => {
    const spec = specOf('sweep/big');
    expect(withChosen(spec, () => undefined)).toEqual({ spec, choices: [] });
  });

  it('does not choose among networks of which one is not measured', () => {
    expect(() => withChosen(specOf('next'), (task) => (task === 'sweep/big' ? 0.8 : undefined))).toThrow(
      'task "sweep/small" has no validation accuracy',
    );
  });

  it('is needed only when all candidates are done', () => {
    expect(tasks.get('next')?.dependsOn).toEqual(['sweep/big', 'sweep/small']);
    expect(tasks.get('final')?.dependsOn).toEqual(['next', 'sweep/small']);
  });
});
