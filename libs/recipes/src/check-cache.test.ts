import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import { parseRecipe } from './parse.js';
import { planRecipe } from './plan.js';
import { costOf } from './recipe-cost.js';
import { taskSpecSchema } from './task-spec.js';

interface Parts {
  readonly data?: string;
  readonly losses?: string;
  readonly more?: string;
  readonly student?: string;
}

const views = 'augmentation: { flip: true }, views: 2';

const recipe = ({
  data = views,
  losses = ', losses: [{ loss: at }, { loss: kd }]',
  more = '',
  student = ', after: [keys]',
}: Parts) => `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: test }
spec:
  data: { name: fashion-mnist, trainLimit: 1000, ${data} }
  models: { big: { architecture: resnet20 }, small: { architecture: resnet8 } }
  training: { epochs: 4, batchSize: 32 }
  stages:
    - { name: teacher, kind: train, model: big }
    - { name: keys, kind: cache, model: small, teachers: [{ stage: teacher }]${losses}${more} }
    - { name: student, kind: distill, model: small, teachers: [{ stage: teacher }]${student}, losses: [{ loss: at }, { loss: kd }] }`;

function problems(text: string): string {
  try {
    parseRecipe(text);
  } catch (error) {
    return LyceumError.from(error)
      .violations.map(({ field, description }) => `${field}: ${description}`)
      .join('\n');
  }
  return '';
}

const tasksOf = (text: string) => new Map(planRecipe(parseRecipe(text)).map((task) => [task.name, task]));

describe('a stage that asks for keys ahead', () => {
  it('becomes a task of its own, after its teachers and ahead of those who say so', () => {
    const tasks = tasksOf(recipe({}));
    expect(tasks.get('keys')).toMatchObject({ kind: 'cache', dependsOn: ['teacher'] });
    expect(tasks.get('student')?.dependsOn).toEqual(['teacher', 'keys']);
    expect(tasksOf(recipe({ student: '' })).get('student')?.dependsOn).toEqual(['teacher']);
    const spec = tasks.get('keys')?.spec;
    expect(taskSpecSchema.parse(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  it('asks for what the later student asks for', () => {
    const tasks = tasksOf(
      recipe({ more: ', data: { viewPixels: 14 }', student: ', data: { viewPixels: 14 }' }),
    );
    const [keys, student] = ['keys', 'student'].map((name) => tasks.get(name)?.spec);
    if (keys?.kind !== 'cache' || student?.kind !== 'train') throw new Error('other kinds of tasks');
    const { data, dataSeed, losses, model, teachers } = student;
    expect(keys).toMatchObject({ data, dataSeed, losses, model, teachers, batchSize: 32 });
  });

  it('waits for the layers that its losses take of a stage that selects', () => {
    const select = '    - { name: hints, kind: select, teacher: { stage: teacher } }\n    - { name: keys';
    const losses = ', losses: [{ loss: at, teacherTaps: { layer: { stage: hints } } }]';
    const text = recipe({ losses }).replace('    - { name: keys', select);
    expect(tasksOf(text).get('keys')?.dependsOn).toEqual(['teacher', 'hints']);
  });

  it('takes the forward passes of its teachers from the cost of the stages after it', () => {
    const cost = (text: string) => costOf(parseRecipe(text)).multiplyAdds ?? Number.NaN;
    expect(cost(recipe({}))).toBeCloseTo(
      cost(
        recipe({})
          .replace(/\n.*kind: cache.*/, '')
          .replace(', after: [keys]', ''),
      ),
      -3,
    );
    expect(cost(recipe({ student: '' }))).toBeGreaterThan(1.05 * cost(recipe({})));
  });

  it.each([
    [{ data: 'augmentation: { flip: true }' }, 'spec.stages[1].data.views (line 10, column 7): are fresh'],
    [
      { data: `${views.replace('flip: true', 'cutmixAlpha: 1')}` },
      'data.augmentation.cutmixAlpha (line 10, column 7): mixes the images of a batch',
    ],
    [
      { losses: ', losses: [{ loss: at }, { loss: sp }]' },
      'spec.stages[1].losses[1].loss (line 10, column 111): "sp" has keys that belong to a whole batch',
    ],
    [
      { losses: ', losses: [{ loss: ce }]' },
      'losses[0].loss (line 10, column 97): "ce" compares with no teacher',
    ],
    [
      { losses: ', losses: [{ loss: dml, from: [peer] }]' },
      'losses[0].from[0] (line 10, column 109): there is no teacher or peer "peer"',
    ],
    [{ losses: '' }, 'spec.stages[1].losses (line 10, column 7): name the losses whose keys'],
    [{ losses: ', losses: []' }, 'spec.stages[1].losses (line 10, column 88): name the losses whose keys'],
    [{ losses: ', losses: [{ loss: kdd }]' }, 'there is no loss "kdd"; did you mean "kd"'],
    [{ losses: ', losses: [{ loss: kd, from: [big] }]' }, 'there is no teacher or peer "big"'],
    [{ more: ', training: { epochs: 2 }' }, 'there is no field "training" here'],
    [
      { student: ', after: [kys]' },
      'spec.stages[2].after[0] (line 11, column 93): there is no earlier stage "kys"; did you mean "keys"?',
    ],
    [
      { student: ', after: [student]' },
      'spec.stages[2].after[0] (line 11, column 93): a stage can not come after itself',
    ],
    [{ more: ', after: [student]' }, 'spec.stages[1].after[0]'],
    [{ student: ', init: { stage: keys }' }, 'stage "keys" only asks for keys; it has no network'],
  ])('is refused where no key can be had: %j', (parts, text) => {
    expect(problems(recipe(parts))).toContain(text);
  });

  it('needs no number of views where all look the same', () => {
    expect(problems(recipe({ data: 'views: fresh' }))).toBe('');
    expect(
      problems(recipe({ data: 'views: fresh', more: ', data: { augmentation: { flip: true }, views: 3 }' })),
    ).toBe('');
  });
});

describe('after', () => {
  it('means all tasks of a stage', () => {
    const text = recipe({ student: ', after: [teacher, again, look]' }).replace(
      '    - { name: student',
      `    - { name: again, kind: train, models: [big, small] }
    - { name: look, kind: evaluate, each: true, stages: [teacher, again] }
    - { name: student`,
    );
    expect(tasksOf(text).get('student')?.dependsOn).toEqual([
      'teacher',
      'again/big',
      'again/small',
      'look/teacher',
      'look/again',
    ]);
  });
});
