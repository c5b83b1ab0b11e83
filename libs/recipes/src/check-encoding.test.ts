import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import { parseRecipe } from './parse.js';
import { planRecipe } from './plan.js';

const recipe = (losses: string, { data = '{ name: fashion-mnist }', teacher = '' } = {}) => `
apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: test }
spec:
  data: ${data}
  models: { big: { architecture: resnet20 }, small: { architecture: resnet8 } }
  stages:
    - { name: one, kind: train, model: big }
    - name: student
      kind: distill
      model: small
      teachers: [{ stage: one${teacher} }]
      losses: [${losses}]
    - name: pair
      kind: co-train
      peers: [{ name: a, model: small }, { name: b, model: small }]
      losses: [{ loss: dml }]
`;

/** What comes before and after the place in a stage's list of losses. */
const place = /^spec\.stages\[\d\]\.(losses)?| \(line.*\)$/g;

function problems(text: string): string[] {
  try {
    parseRecipe(text);
  } catch (error) {
    return LyceumError.from(error).violations.map(
      ({ field, description }) => `${field.replace(place, '')}: ${description}`,
    );
  }
  return [];
}

describe('the encoding of a loss’s keys', () => {
  it.each([
    '{ loss: kd, encoding: top-k }',
    '{ loss: kd, encoding: top-k, topK: 9 }',
    '{ loss: mse, encoding: top-k }',
    '{ loss: at, encoding: int8 }',
    '{ loss: sp, encoding: bf16 }',
    '{ loss: sp, encoding: int8 }',
    '{ loss: ab, encoding: bf16 }, { loss: kd, encoding: fp32 }',
    '{ loss: "some-package#gap", encoding: int8 }',
    '{ loss: kd, via: "unix:/tmp/mine.sock", encoding: int8 }',
  ])('may be %s', (losses) => {
    expect(problems(recipe(losses))).toEqual([]);
  });

  it.each([
    [
      '{ loss: kd, encoding: itn8 }',
      '[0].encoding: must be fp32, fp16, bf16, int8 or top-k (did you mean "int8"?), found "itn8"',
    ],
    ['{ loss: kd, encoding: 8 }', '[0].encoding: must be fp32, fp16, bf16, int8 or top-k, found 8'],
    ['{ loss: kd, topK: 4 }', '[0].topK: goes with `encoding: top-k`'],
    ['{ loss: kd, encoding: int8, topK: 4 }', '[0].topK: goes with `encoding: top-k`'],
    ['{ loss: kd, encoding: top-k, topK: 0 }', '[0].topK'],
    [
      '{ loss: kd, encoding: top-k, topK: 10 }',
      '[0].topK: must be below 10, the number of classes, found 10',
    ],
    [
      '{ loss: at, encoding: top-k }',
      '[0].encoding: top-k is for keys that are logits [N, C] and nothing else',
    ],
    ['{ loss: sokd, encoding: top-k }', 'which that of "sokd" is not; "layer2" is none'],
    [
      '{ loss: mse, encoding: top-k, teacherTaps: { layer: [f1] }, studentTaps: { layer: [f1] } }',
      'which that of "mse" is not; "layer1" is none',
    ],
    ['{ loss: cwtm, encoding: top-k }', '[0].encoding: top-k is for keys that are logits'],
    ['{ loss: ab, encoding: int8 }', '[0].encoding: the key of "ab" is whole numbers that stand for bits'],
    ['{ loss: ce, encoding: int8 }', '[0].encoding: "ce" compares with no teacher'],
    [
      '{ loss: elsewhere, via: "unix:/tmp/mine.sock", encoding: int8 }',
      '[0].encoding: teachers send the taps of "elsewhere" as they are',
    ],
    ['{ loss: kd, encodings: int8 }', 'there is no field "encodings" here; did you mean "encoding"?'],
  ])('may not be %s', (losses, text) => {
    expect(problems(recipe(losses)).join('\n')).toContain(text);
  });

  it('is compared with the classes that are kept', () => {
    const data = '{ name: fashion-mnist, classes: [0, 1, 2, 3, 4, 5, 6, 7] }';
    expect(problems(recipe('{ loss: kd, encoding: top-k }', { data }))).toEqual([
      '[0].topK: must be below 8, the number of classes, found 8',
    ]);
  });

  it('does not reach peers, who send FP32', () => {
    const text = recipe('{ loss: kd }').replace('{ loss: dml }', '{ loss: dml, encoding: fp16 }');
    expect(problems(text).join()).toContain('[0].encoding: the keys of "dml" come from peers alone');
  });

  it('goes with the loss, and a teacher’s dtype with the teacher, into the task', () => {
    const text = recipe('{ loss: kd, encoding: top-k, topK: 3 }, { loss: at }', { teacher: ', dtype: bf16' });
    const task = planRecipe(parseRecipe(text)).find(({ name }) => name === 'student');
    expect(task?.spec).toMatchObject({
      teachers: [{ dtype: 'bf16' }],
      losses: [{ encoding: 'top-k', topK: 3 }, { loss: 'at' }],
    });
    expect(problems(recipe('{ loss: kd }', { teacher: ', dtype: int8' })).join()).toContain(
      'teachers[0].dtype',
    );
  });
});
