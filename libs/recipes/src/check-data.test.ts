import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import { parseRecipe } from './parse.js';
import { planRecipe } from './plan.js';

const head = `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: test }
spec:
  data: { name: fashion-mnist, path: /data, trainLimit: 100, augmentation: { padCropPixels: 2, flip: true } }
  models:
    small: { architecture: resnet8 }
    given: { architecture: resnet8, weights: given.safetensors }
  stages:
    - { name: large, kind: train, model: small }
`;
const stage = (fields: string) => `${head}    - ${fields}\n`;

function problems(text: string): string[] {
  try {
    parseRecipe(text);
  } catch (error) {
    return LyceumError.from(error).violations.map(({ field, description }) => `${field}: ${description}`);
  }
  return [];
}

const specs = (text: string) => planRecipe(parseRecipe(text)).map(({ spec }) => spec);

describe('the data of a stage', () => {
  it("is the recipe's with the stage's changes, field by field of the augmentation", () => {
    const [first, second] = specs(
      stage(
        '{ name: s, kind: train, model: small, data: { viewPixels: 14, augmentation: { flip: false } } }',
      ),
    );
    expect(first.data).toMatchObject({ name: 'fashion-mnist', augmentation: { flip: true } });
    expect(second.data).toEqual({
      ...first.data,
      viewPixels: 14,
      augmentation: { padCropPixels: 2, flip: false, cutoutPixels: 0, cutmixAlpha: 0 },
    });
  });

  it('starts anew where it is of another data set', () => {
    const [, { data }] = specs(stage('{ name: s, kind: train, model: small, data: { name: mnist } }'));
    expect(data).toMatchObject({ name: 'mnist', augmentation: { padCropPixels: 2 } });
    expect([data.path, data.trainLimit]).toEqual([undefined, undefined]);
  });

  it('is what evaluations and selections may change too', () => {
    const text = `${stage('{ name: e, kind: evaluate, stages: [large], data: { testLimit: 7 } }')}    - { name: p, kind: select, teacher: { stage: large }, data: { trainLimit: 9 } }`;
    const [, evaluated, selected] = specs(text);
    expect([evaluated.data.testLimit, selected.data.trainLimit]).toEqual([7, 9]);
  });

  it('shows a network that was trained at another side its own side, whoever asks it', () => {
    const text = `${stage('{ name: s, kind: train, model: small, data: { viewPixels: 14 } }')}
    - name: two
      kind: distill
      model: small
      generations: 2
      data: { viewPixels: 20 }
      teachers: [{ stage: s }]
    - { name: t, kind: distill, model: small, teachers: [{ stage: large }, { stage: s, viewPixels: 12 }, { model: given }] }
    - { name: e, kind: evaluate, stages: [large, two], models: [given], data: { viewPixels: 14 } }`;
    const tasks = specs(text);
    const views = tasks.map((task) => {
      if (task.kind === 'train') return task.teachers.map(({ viewPixels }) => viewPixels);
      return task.kind === 'evaluate' ? task.networks.map(({ viewPixels }) => viewPixels) : [];
    });
    expect(views).toEqual([[], [], [14], [20], [undefined, 12, undefined], [undefined, 20, 14]]);
  });

  it.each([
    ['data: { flip: true }', 'stages[1].data.flip (line 11, column 59): there is no field "flip" here'],
    [
      'data: { viewPixels: 29 }',
      'stages[1].data.viewPixels (line 11, column 65): must be at most the side of the images, 28, found 29',
    ],
    ['data: { trainLimit: 0 }', 'stages[1].data.trainLimit (line 11, column 65)'],
    [
      'data: { name: minst }',
      'stages[1].data.name (line 11, column 59): there is no data set "minst"; did you mean "mnist"?',
    ],
    [
      'data: { name: one-image }',
      'stages[1].data.name (line 11, column 59): "one-image" has neither classes nor test images',
    ],
    ['data: { name: image-folder }', '"image-folder" needs the `path` of its data'],
    ['data: { name: "synthetic:8x8x1/2", path: /x }', 'is made up and takes no path'],
    [
      'data: { trainFrom: { name: nois } }',
      'data.trainFrom.name (line 11, column 72): there is no data set "nois"; did you mean "noise"?',
    ],
    ['data: { augmentation: { cutmixAlpha: 2 } }', 'stages[1].data.augmentation.cutmixAlpha'],
  ])('%s is refused at its line', (data, text) => {
    expect(problems(stage(`{ name: s, kind: train, model: small, ${data} }`)).join('\n')).toContain(text);
  });
});

describe('training images without labels', () => {
  const from = 'data: { trainFrom: { name: one-image, trainLimit: 50 } }';
  const distill = (losses: string) =>
    problems(
      stage(`{ name: s, kind: distill, model: small, teachers: [{ stage: large }], ${from}, ${losses} }`),
    );

  it.each([
    'losses: [{ loss: one-image }]',
    'losses: [{ loss: kd }, { loss: at }]',
    'losses: [{ loss: pixel-distillation, params: { alpha: 1 } }]',
  ])('are enough for %s', (losses) => {
    expect(distill(losses)).toEqual([]);
  });

  it.each([
    [
      'losses: [{ loss: kd }, { loss: ce }]',
      'stages[1].losses[1].loss (line 11, column 166): "ce" needs labels, and the training images of "one-image" have none',
    ],
    ['losses: [{ loss: pixel-distillation }]', '"pixel-distillation" needs labels'],
    ['losses: [{ loss: kd, combine: attention }]', '"attention" weighs teachers by the labels'],
  ])('are refused for %s', (losses, text) => {
    expect(distill(losses).join('\n')).toContain(text);
  });

  it('are refused for a stage whose usual losses need labels, and for metrics that do', () => {
    expect(problems(stage(`{ name: s, kind: train, model: small, ${from} }`)).join()).toContain(
      '"ce" needs labels',
    );
    const metrics = `{ name: e, kind: evaluate, stages: [large], ${from}, metrics: [knn] }`;
    expect(problems(stage(metrics)).join()).toContain('metrics[0] (line 11, column 119): "knn" needs labels');
  });
});
