import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import { parseRecipe } from './parse.js';
import { planRecipe } from './plan.js';

const recipe = (stage: string, model = 'gated') => `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: test }
spec:
  data: { name: fashion-mnist }
  models:
    context: { architecture: cdgc-context-16 }
    gated: { architecture: resnet8-cdgc16 }
    other: { architecture: resnet8-cdgc8 }
  stages:
    - { name: context, kind: train, model: context, losses: [{ loss: cdgc }] }
    - { name: first, kind: train, model: gated }
    - { name: second, kind: train, model: ${model}, ${stage} }`;

function problems(stage: string, model?: string): string {
  try {
    parseRecipe(recipe(stage, model));
  } catch (error) {
    return LyceumError.from(error)
      .violations.map(({ field, description }) => `${field}: ${description}`)
      .join('\n');
  }
  return '';
}

describe('the weights that a stage starts from', () => {
  it.each([
    'init: { stage: first }',
    'init: { stage: first, upTo: f2 }',
    'init: { stage: context, part: encoder }, freeze: [encoder]',
    'init: { stage: first, part: layer1.0 }, freeze: [conv1, bn1, layer1]',
  ])('may be %s', (stage) => {
    expect(problems(stage)).toBe('');
  });

  it.each([
    [
      'init: { stage: context }',
      'spec.stages[2].init.stage (line 13, column 65): its network is cdgc-context-16 and this one resnet8-cdgc16; name a `part` that both have',
    ],
    [
      'init: { stage: context, part: encode }',
      'init.part (line 13, column 80): there is no part "encode"; did you mean "encoder"?',
    ],
    [
      'init: { stage: context, part: layer1 }',
      '"layer1" needs "layer1.0.conv1.weight" of [3, 3, 16, 16], and cdgc-context-16 of stage "context" has none',
    ],
    ['init: { stage: first, upTo: f9 }', 'init.upTo (line 13, column 78): there is no tap "f9"'],
    ['init: { stage: first, upTo: f2, part: layer1 }', 'say either `part` or `upTo`'],
    ['init: { stage: first, parts: layer1 }', 'did you mean "part"?'],
    ['freeze: [layer1, encoders]', 'freeze[1] (line 13, column 67): there is no part "encoders"'],
    ['freeze: encoder', 'freeze (line 13, column 58): Invalid input: expected array'],
  ])('may not be %s', (stage, text) => {
    expect(problems(stage)).toContain(text);
  });

  it('must have the shapes of the part', () => {
    expect(problems('init: { stage: context, part: encoder }', 'other')).toContain(
      '"encoder" needs "encoder.conv1.weight" of [3, 3, 3, 8], and cdgc-context-16 of stage "context" has one of [3, 3, 3, 16]',
    );
  });

  it('are what the stage waits for', () => {
    const stage = 'init: { stage: context, part: encoder }, freeze: [encoder]';
    const task = planRecipe(parseRecipe(recipe(stage))).find(({ name }) => name === 'second');
    expect(task).toMatchObject({
      dependsOn: ['context'],
      spec: { init: { weights: 'context/weights.safetensors', part: 'encoder' }, freeze: ['encoder'] },
    });
  });
});
