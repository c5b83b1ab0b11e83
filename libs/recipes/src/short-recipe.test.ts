import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import { recipeJsonSchema } from './catalogue.js';
import { parseRecipe } from './parse.js';
import { planRecipe } from './plan.js';

const short = (models: string, more = '') => `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: mine }
spec:
  data: { path: ./photos }
  models: ${models}
${more}`;

function problem(text: string): string {
  try {
    parseRecipe(text);
  } catch (error) {
    const { violations } = LyceumError.from(error);
    return violations.map(({ field, description }) => `${field}: ${description}`).join('\n');
  }
  return '';
}

describe('a recipe of six lines', () => {
  const recipe = parseRecipe(short('{ teacher: resnet20, student: resnet8 }'));

  it('trains a teacher, a student alone, and one that it teaches by soft labels, on a folder of images', () => {
    const tasks = planRecipe(recipe).map(({ spec }) => spec);
    expect(tasks.map(({ task, data }) => [task, data.name, data.path])).toEqual(
      ['teacher', 'alone', 'distilled'].map((task) => [task, 'image-folder', './photos']),
    );
    const [teacher, alone, distilled] = tasks.flatMap((task) => (task.kind === 'train' ? [task] : []));
    expect([teacher, alone, distilled].map(({ model }) => model.architecture)).toEqual([
      'resnet20',
      'resnet8',
      'resnet8',
    ]);
    expect(alone.losses.map(({ loss }) => loss)).toEqual(['ce']);
    expect(distilled.losses).toMatchObject([
      { loss: 'ce', weight: 0.1 },
      { loss: 'kd', weight: 0.9, params: { temperature: 4 } },
    ]);
    expect(distilled.teachers).toMatchObject([{ weights: 'teacher/weights.safetensors' }]);
    expect(recipe.spec.compare).toEqual({ teacher: 'teacher', alone: 'alone', distilled: ['distilled'] });
  });

  it('is the same when it is read again in full', () => {
    expect(parseRecipe(JSON.stringify(recipe))).toEqual(recipe);
  });

  it('may say what it compares', () => {
    const text = short('{ teacher: resnet20, student: resnet8 }', '  compare: { distilled: [distilled] }');
    expect(parseRecipe(text).spec.compare).toEqual({ distilled: ['distilled'] });
  });
});

describe('short forms', () => {
  it('average soft labels where several teachers are named and no loss', () => {
    const stages = `  stages:
    - { name: one, kind: train, model: large }
    - { name: two, kind: train, model: large, seed: 2 }
    - { name: both, kind: distill, model: small, teachers: [{ stage: one }, { stage: two }] }`;
    const recipe = parseRecipe(short('{ large: resnet20, small: { architecture: resnet8 } }', stages));
    const both = planRecipe(recipe).find(({ name }) => name === 'both')?.spec;
    expect(both?.kind === 'train' && both.losses[1]).toMatchObject({ loss: 'kd', combine: 'average' });
  });

  it.each([
    [
      '{ large: resnet20 }',
      '',
      'spec.stages (line 5, column 3): is required, since there is no model "teacher" and "student"',
    ],
    ['{ teacher: resnet2, student: resnet8 }', '', 'spec.models.teacher.architecture (line 6, column 22)'],
    ['{ teacher: { architektur: resnet20 }, student: resnet8 }', '', 'did you mean "architecture"?'],
    ['{ teacher: 20, student: resnet8 }', '', 'spec.models.teacher (line 6, column 22)'],
  ])('%s is told what is wrong', (models, more, text) => {
    expect(problem(short(models, more))).toContain(text);
  });

  it('are in the schema that editors read', () => {
    const schema = JSON.stringify(recipeJsonSchema());
    expect(schema).toContain('"architecture"');
    expect(schema).toContain('train the model `teacher` and the model `student`');
  });
});
