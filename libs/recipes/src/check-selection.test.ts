import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import { parseRecipe } from './parse.js';
import { planRecipe } from './plan.js';

interface Parts {
  readonly select?: string;
  readonly losses?: string;
  readonly teacher?: string;
  readonly more?: string;
}

const recipe = ({ select = '', losses = '{ loss: ce }', teacher = 'stage: big', more = '' }: Parts) =>
  `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: test }
spec:
  data: { name: fashion-mnist }
  models: { big: { architecture: resnet20 }, small: { architecture: resnet8 } }
  stages:
    - { name: big, kind: train, model: big }
    - { name: other, kind: train, model: big, seed: 2 }
    - { name: hints, kind: select, teacher: { stage: big }${select} }
    - { name: student, kind: distill, model: small, teachers: [{ ${teacher} }]${more}, losses: [${losses}] }`;

function problems(parts: Parts): string {
  try {
    parseRecipe(recipe(parts));
  } catch (error) {
    return LyceumError.from(error)
      .violations.map(({ field, description }) => `${field}: ${description}`)
      .join('\n');
  }
  return '';
}

const points = 'teacherTaps: { layer: { stage: hints } }';

describe('taps that a stage selects', () => {
  it.each([
    { losses: `{ loss: at, ${points} }` },
    {
      losses: `{ loss: vid, ${points} }, { loss: fitnet, teacherTaps: { layer1: { stage: hints, point: 3 } } }`,
    },
    { losses: `{ loss: at, studentTaps: { layer: [f1, f3] }, ${points} }`, select: ', points: 2' },
    { losses: '{ loss: fitnet, teacherTaps: { layer1: { stage: hints } } }', select: ', points: 1' },
    { losses: `{ loss: anything, via: "unix:/tmp/mine.sock", ${points} }` },
  ])('can be those of any loss: $losses', (parts) => {
    expect(problems(parts)).toBe('');
  });

  it.each<[Parts, string]>([
    [
      { losses: '{ loss: at, teacherTaps: { layer: { stage: hint } } }' },
      'losses[0].teacherTaps.layer.stage (line 11, column 133): there is no earlier stage that selects "hint"; did you mean "hints"?',
    ],
    [
      { losses: '{ loss: at, teacherTaps: { layer: { stage: big } } }' },
      'no earlier stage that selects "big"',
    ],
    [
      { losses: `{ loss: at, ${points} }`, select: ', points: 2' },
      '"at" pairs its taps one with one, and has 3 of the student and 2 of the teacher for "layer"',
    ],
    [
      { losses: '{ loss: fitnet, teacherTaps: { layer1: { stage: hints } } }' },
      'layer1.stage (line 11, column 138): the slot takes one tap and "hints" selects 3; say which by `point`',
    ],
    [
      { losses: '{ loss: fitnet, teacherTaps: { layer1: { stage: hints, point: 4 } } }' },
      '"hints" selects 3, found 4',
    ],
    [{ losses: '{ loss: kd, teacherTaps: { logits: { stage: hints, point: 1 } } }' }, 'needs a logits'],
    [
      { losses: `{ loss: at, ${points} }`, teacher: 'stage: other' },
      '"hints" selects of stage "big", and teacher "teacher" is stage "other"',
    ],
    [
      { losses: `{ loss: at, ${points} }`, more: ', generations: 2' },
      'the later networks of a chain have other teachers',
    ],
    [
      { select: ', points: 10' },
      'stages[2].points (line 10, column 69): the network has 9 layers to choose from',
    ],
    [
      { select: ', samples: 64' },
      'must be above the 64 channels of "f3.block1" for the similarity r2, found 64',
    ],
    [{ select: ', similarity: cka_rbf, samples: 5000' }, 'must be at most 4000 for cka_rbf'],
    [{ teacher: 'stage: hints' }, 'stage "hints" only selects; it has no network'],
  ])('%j are refused', (parts, text) => {
    expect(problems(parts)).toContain(text);
  });

  it('make the task wait for the one that selects, and name what it writes', () => {
    const losses = `{ loss: at, ${points} }, { loss: fitnet, teacherTaps: { layer1: { stage: hints, point: 2 } } }`;
    const tasks = new Map(planRecipe(parseRecipe(recipe({ losses }))).map((task) => [task.name, task]));
    expect(tasks.get('hints')).toMatchObject({
      kind: 'select',
      dependsOn: ['big'],
      spec: { network: { weights: 'big/weights.safetensors' }, points: 3, similarity: 'r2', samples: 2000 },
    });
    expect(tasks.get('student')).toMatchObject({
      dependsOn: ['big', 'hints'],
      spec: {
        losses: [
          { teacherTaps: {}, selectedTaps: { layer: { selection: 'hints/selection.json' } } },
          { selectedTaps: { layer1: { selection: 'hints/selection.json', point: 2 } } },
        ],
      },
    });
  });
});

describe('constants that another stage trains', () => {
  const from = (stage: string) => `{ loss: ft, constants: { stage: ${stage} } }`;
  const fitted = (losses: string) =>
    recipe({ losses: from('coder') }).replace(
      '    - { name: student',
      `    - { name: coder, kind: train, model: big, losses: [${losses}] }\n    - { name: student`,
    );
  const told = (text: string) => {
    try {
      return planRecipe(parseRecipe(text));
    } catch (error) {
      return LyceumError.from(error).message;
    }
  };

  it('make the task wait, and name what it writes', () => {
    const tasks = told(fitted('{ loss: paraphraser }'));
    expect(tasks).toContainEqual(
      expect.objectContaining({
        name: 'student',
        dependsOn: ['big', 'coder'],
        spec: expect.objectContaining({
          losses: [expect.objectContaining({ constants: { artifact: 'coder/adapters.safetensors' } })],
        }) as unknown,
      }),
    );
  });

  it.each([
    [recipe({ losses: from('codr') }), 'losses[0].constants.stage (line 11, column'],
    [recipe({ losses: from('hints') }), 'stage "hints" only selects; it has no network'],
    [recipe({ losses: from('other') }), 'no loss of stage "other" trains adapters'],
    [fitted('{ loss: ce }'), 'no loss of stage "coder" trains adapters'],
  ])('are refused, number %#', (text, problem) => {
    expect(told(text)).toContain(problem);
  });
});

describe('losses of one name', () => {
  it.each([
    [
      '{ loss: ce }, { loss: kd, as: ce }',
      'losses[1].as (line 11, column 120): there is already a loss "ce"',
    ],
    [
      '{ loss: kd, as: kd-2 }, { loss: kd }',
      'losses[1].loss (line 11, column 122): there is already a loss "kd-2"',
    ],
  ])('are refused: %s', (losses, text) => {
    expect(problems({ losses })).toContain(text);
  });
});
