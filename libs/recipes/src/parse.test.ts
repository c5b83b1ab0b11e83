import { LyceumError } from '@lyceum/errors';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue, recipeJsonSchema } from './catalogue.js';
import { parseRecipe } from './parse.js';

const text = `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: test }
spec:
  data: { name: fashion-mnist }
  models:
    big: { architecture: resnet20 }
    small: { architecture: resnet8 }
  stages:
    - { name: teacher, kind: train, model: big }
    - name: student
      kind: distill
      model: small
      teachers: [{ stage: teacher }]
      losses:
        - { loss: kd, weight: 0.9, params: { temperature: 4 } }
`;

function refusal(changed: string): LyceumError {
  try {
    parseRecipe(changed);
  } catch (error) {
    return LyceumError.from(error);
  }
  throw new Error('the recipe was accepted');
}

const problems = (changed: string) => refusal(changed).violations.map((v) => `${v.field}: ${v.description}`);

describe('parseRecipe', () => {
  it('reads a recipe and fills in the defaults', () => {
    const { spec } = parseRecipe(text);
    expect(spec.training).toMatchObject({
      epochs: 5,
      batchSize: 64,
      optimizer: { name: 'sgd', momentum: 0.9 },
    });
    expect(spec.data).toMatchObject({ views: 'fresh', augmentation: { padCropPixels: 0, flip: false } });
  });

  it('reads the same recipe as JSON', () => {
    const recipe = parseRecipe(text);
    expect(parseRecipe(JSON.stringify(recipe))).toEqual(recipe);
  });

  it.each([
    ['resnet8 }', 'resnet9 }', 'spec.models.small.architecture (line 8, column 28)', 'resnet'],
    ['loss: kd', 'loss: kdd', 'spec.stages[1].losses[0].loss (line 16, column 19)', 'did you mean "kd"'],
    ['fashion-mnist', 'fashion-mnits', 'spec.data.name (line 5, column 17)', 'did you mean "fashion-mnist"'],
    [
      'stage: teacher',
      'stage: techer',
      'spec.stages[1].teachers[0].stage (line 14, column 27)',
      'did you mean "teacher"',
    ],
    ['model: small', 'model: smal', 'spec.stages[1].model (line 13, column 14)', 'did you mean "small"'],
    [
      'weight: 0.9',
      'wieght: 0.9',
      'spec.stages[1].losses[0].wieght (line 16, column 31)',
      'did you mean "weight"',
    ],
    [
      'temperature: 4',
      'temperature: 0',
      'spec.stages[1].losses[0].params.temperature (line 16, column 59)',
      'found 0',
    ],
    ['kind: train,', 'kind: trian,', 'spec.stages[0].kind', ''],
  ])('refuses %s -> %s at its place', (good, bad, field, hint) => {
    const found = problems(text.replace(good, bad));
    expect(found.join('\n')).toContain(field);
    expect(found.join('\n')).toContain(hint);
  });

  it('tells all problems at once', () => {
    const broken = text
      .replace('resnet8', 'resnet9')
      .replace('loss: kd', 'loss: kdd')
      .replace('fashion-mnist', 'nothing');
    expect(problems(broken)).toHaveLength(3);
  });

  it('points at the line of broken YAML', () => {
    expect(problems(text.replace('spec:', 'spec: ]'))[0]).toMatch(/^line 4, column \d+: not valid YAML/);
  });

  it('refuses a loss that needs a teacher in a stage that has none', () => {
    const found = problems(
      text.replace('kind: train, model: big', 'kind: train, model: big, losses: [{ loss: kd }]'),
    );
    expect(found[0]).toContain('needs keys of a teacher');
  });

  it('refuses a stage that refers to a later one, and two of one name', () => {
    expect(problems(text.replace('stage: teacher', 'stage: student'))[0]).toContain(
      'stages may only refer to those above',
    );
    expect(problems(text.replace('name: student', 'name: teacher'))[0]).toContain('already a stage');
  });

  it('accepts every recipe of the library', () => {
    for (const { file } of catalogue.recipes())
      expect(parseRecipe(readFileSync(file, 'utf8')).kind).toBe('Distillation');
  });

  it('has a JSON Schema for editors', () => {
    expect(recipeJsonSchema()).toMatchObject({
      type: 'object',
      properties: { kind: { const: 'Distillation' } },
    });
  });
});
