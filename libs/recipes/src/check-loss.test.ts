import { describe, expect, it } from 'vitest';
import { LyceumError } from '@lyceum/errors';
import { parseRecipe } from './parse.js';

const stage = (losses: string, more = '') => `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: test }
spec:
  data: { name: fashion-mnist }
  models: { big: { architecture: resnet20 }, small: { architecture: resnet8 } }
  stages:
    - { name: one, kind: train, model: big }
    - { name: two, kind: train, model: big, seed: 2 }
    - name: student
      kind: distill
      model: small
      teachers: [{ name: a, stage: one }, { name: b, stage: two }]
      losses: [${losses}]
${more}`;

/** What comes before and after the place in the list of losses. */
const place = /^spec\.stages\[2\]\.losses| \(line.*\)$/g;

function problems(losses: string): string[] {
  try {
    parseRecipe(stage(losses));
  } catch (error) {
    return LyceumError.from(error).violations.map(
      ({ field, description }) => `${field.replace(place, '')}: ${description}`,
    );
  }
  return [];
}

describe('the losses of a recipe', () => {
  it.each([
    '{ loss: kd, combine: average }',
    '{ loss: kd, combine: attention, from: [b, a] }',
    '{ loss: kd, combine: { name: attention, temperature: 2 } }',
    '{ loss: at, combine: choice, studentTaps: { layer: [f1, f2] }, teacherTaps: { layer: [f1, f2] } }',
    '{ loss: kd, from: [b] }',
    '{ loss: simreg }',
    '{ loss: liaad, from: [b, a] }',
    '{ loss: ft, from: [a], teacherTaps: { factor: f3 } }',
    '{ loss: ft, from: [a], constants: paraphraser.safetensors }',
    '{ loss: ofd, from: [a] }',
    '{ loss: ofd, from: [a], teacherTaps: { layer: maps }, constants: margins.safetensors }',
    '{ loss: anything, via: "unix:/tmp/mine.sock" }',
    '{ loss: "some-package#gap", combine: average }',
    '{ loss: kd, from: [a], weightSchedule: { name: constant } }',
  ])('may say %s', (losses) => {
    expect(problems(losses)).toEqual([]);
  });

  it.each([
    [
      '{ loss: kd }',
      '"kd" takes keys from 1, this entry has 2 (a, b); name one under `from`, or say `combine: average` (or attention, or choice)',
    ],
    ['{ loss: kd, from: [a, b] }', '[0].from: "kd" takes keys from 1'],
    ['{ loss: kd, from: [a, c] }', '[0].from[1]: there is no teacher or peer "c"'],
    ['{ loss: sp, combine: average }', '[0].combine: "sp" has keys that belong to the whole batch'],
    ['{ loss: ce, combine: choice }', '"ce" compares with no teacher'],
    ['{ loss: liaad, combine: average }', '"liaad" takes several teachers as they are'],
    [
      '{ loss: liaad }',
      '"liaad" gives its teachers parts; name them under `from`, in the order teacherId, teacherAge',
    ],
    ['{ loss: liaad, from: [a] }', '"liaad" takes keys from 2 or more, this entry has 1 (a)'],
    ['{ loss: kd, combine: averge }', '"average"|"attention"|"choice"'],
    ['{ loss: kd, combine: { name: attention, temperature: 0 } }', '[0].combine.temperature'],
    [
      '{ loss: ft, from: [a] }',
      '"ft" needs constants that are trained beforehand: "paraphraser.conv0.kernel"',
    ],
    ['{ loss: kd, from: [a], constants: x.safetensors }', '[0].constants: "kd" takes no constants'],
    [
      '{ loss: ofd, from: [a], teacherTaps: { layer: maps } }',
      '[0].teacherTaps: "ofd" needs "margins" (m of all channels of the teacher\'s maps, one map after the other, ' +
        'shallow to deep): the teacher has no batch norm that gives its tap "f1"; name a file',
    ],
    [
      '{ loss: at, from: [a], studentTaps: { layer: [f1, f9] } }',
      '[0].studentTaps.layer: there is no tap "f9"',
    ],
    ['{ loss: at, from: [a], teacherTaps: { layer: logits } }', '[0].teacherTaps.layer'],
    [
      '{ loss: fitnet, from: [a], studentTaps: { layer: f2 } }',
      'there is no slot "layer"; did you mean "layer1"?',
    ],
    ['{ loss: ftnet, from: [a] }', 'there is no loss "ftnet"; did you mean "fitnet"'],
  ])('may not say %s', (losses, expected) => {
    expect(problems(losses).join('\n')).toContain(expected);
  });

  it('are all told of at once', () => {
    const found = problems(
      '{ loss: sp, combine: average, params: { x: 1 } }, { loss: at, studentTaps: { layer: no } }',
    );
    expect(found).toHaveLength(4);
  });
});
