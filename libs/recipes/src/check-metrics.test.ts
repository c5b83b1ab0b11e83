import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import { comparedResult } from './compared-result.js';
import { metricResults } from './metric-schema.js';
import { parseRecipe } from './parse.js';
import { planRecipe } from './plan.js';

const recipe = (stage: string) => `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: test }
spec:
  data: { name: fashion-mnist }
  models:
    small: { architecture: resnet8 }
    given: { architecture: plain-cnn-8, weights: given.safetensors }
  stages:
    - { name: one, kind: train, model: small }
    - { name: pair, kind: co-train, peers: [{ name: a, model: small }, { name: b, model: small }] }
    - { name: look, kind: evaluate, ${stage} }`;

function problems(stage: string): string {
  try {
    parseRecipe(recipe(stage));
  } catch (error) {
    return LyceumError.from(error)
      .violations.map(({ field, description }) => `${field}: ${description}`)
      .join('\n');
  }
  return '';
}

const looks = (stage: string) =>
  planRecipe(parseRecipe(recipe(stage))).flatMap((task) =>
    task.spec.kind === 'evaluate' ? [{ ...task, spec: task.spec }] : [],
  );

describe('an evaluation', () => {
  it('is of one ensemble by its accuracy, unless it says otherwise', () => {
    const [task, ...others] = looks('stages: [one, pair/a]');
    expect([task.name, task.spec.metrics, task.spec.networks.length, others]).toEqual([
      'look',
      [{ name: 'accuracy' }],
      2,
      [],
    ]);
  });

  it('is a task for each network where each is measured by itself', () => {
    const tasks = looks('each: true, stages: [one, pair/b], models: [given], metrics: [knn]');
    expect(tasks.map(({ name, dependsOn }) => [name, ...dependsOn])).toEqual([
      ['look/one', 'one'],
      ['look/pair-b', 'pair/b'],
      ['look/given'],
    ]);
    expect(tasks[2].spec.networks).toEqual([{ file: 'given.safetensors', architecture: 'plain-cnn-8' }]);
    expect(tasks[0].spec.metrics).toEqual([{ name: 'knn', neighbours: [1, 20] }]);
  });

  it.each([
    ['stages: [one, pair/a], metrics: [knn]', '"knn" measures one network, found 2'],
    ['stages: [one], metrics: [{ name: knn, tap: f9 }]', 'there is no tap "f9"'],
    ['stages: [one], metrics: [knn, { name: knn, tap: f3 }]', 'there is already a metric "knn"'],
    ['stages: [one], metrics: [nn]', 'spec.stages[2].metrics[0]'],
    ['each: true, stages: [one, one]', 'two networks would be evaluated as "look/one"'],
  ])('%s is refused', (stage, text) => {
    expect(problems(stage)).toContain(text);
  });
});

describe('what networks are compared by', () => {
  const compared = (metric: string) =>
    `each: true, stages: [one, pair/b], metrics: [knn] }\n  compare: { alone: one, distilled: [pair/b], metric: ${metric}`;

  it('is the accuracy of each, or what a stage measures of each', () => {
    const recipes = ['stages: [one] }\n  compare: { alone: one', compared('{ stage: look, result: knn20 }')];
    const [plain, measured] = recipes.map((stage) => parseRecipe(recipe(stage)));
    expect(comparedResult(plain, 'pair/b')).toEqual({ task: 'pair/b', result: 'accuracy' });
    expect(comparedResult(measured, 'pair/b')).toEqual({ task: 'look/pair-b', result: 'knn20' });
    expect(comparedResult(measured, 'pair/a')).toBeUndefined();
  });

  it.each([
    ['{ stage: lok, result: knn1 }', 'did you mean "look"'],
    ['{ stage: look, result: knn2 }', 'there is no result "knn2"'],
  ])('%s is refused', (metric, text) => {
    expect(problems(compared(metric))).toContain(text);
  });

  it('is measured of all of them', () => {
    const one = 'stages: [one], metrics: [knn] }';
    const compare = 'compare: { alone: one, distilled: [pair], metric: { stage: look, result: knn1 }';
    expect(problems(`${one}\n  ${compare}`)).toContain('does not evaluate "pair" by itself');
  });
});

describe('the results of a metric', () => {
  it('have names that say what was measured', () => {
    expect(metricResults({ name: 'knn', neighbours: [1, 5] })).toEqual(['knn1', 'knn5']);
    expect(metricResults({ name: 'verification', falseAccepts: [0.01, 0.001], pairs: 100 })).toEqual([
      ...['verification1', 'verification1Within', 'verification1Across'],
      ...['verification0.1', 'verification0.1Within', 'verification0.1Across'],
    ]);
  });
});
