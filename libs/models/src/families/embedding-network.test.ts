import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import { describeModel } from '../describe-model.js';

const described = (architecture: string) =>
  describeModel({ architecture, classCount: 7, inputShape: [28, 28, 1] });

describe('a network with an embedding', () => {
  it.each([
    ['resnet20', 64, 64],
    ['plain-cnn-8', 32, 32],
    ['wrn-16-1', 64, 16],
    ['mobilenet-v2', 1280, 48],
    ['resnet18', 512, 64],
  ])('is %s with a layer from %i to %i numbers ahead of the classifier', (base, pooled, width) => {
    const [plain, embedding] = [described(base), described(`${base}-embed${width}`)];
    const more = (pooled + 1) * width + (width + 1) * 7 - (pooled + 1) * 7;
    expect(embedding.parameterCount - plain.parameterCount).toBe(more);
    expect(embedding.taps.slice(-2)).toEqual([
      { name: 'embed', role: 'pooled', shape: [width] },
      { name: 'logits', role: 'logits', shape: [7] },
    ]);
    expect(embedding.taps.slice(0, -2)).toEqual(plain.taps.slice(0, -2));
  });

  it.each([
    ['resnet20-embed0', 'must have 1 to 4096 numbers, found 0'],
    ['resnet21-embed8', 'the depth of resnet21 must be 6n + 2'],
    ['nothing-embed8', 'nothing-embed8'],
  ])('refuses %s', (architecture, text) => {
    const action = () => described(architecture);
    expect(action).toThrow(LyceumError);
    expect(action).toThrow(text);
  });
});
