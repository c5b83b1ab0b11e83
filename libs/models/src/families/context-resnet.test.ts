import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildModel, describeModel, parameterNamesOfPart, type Model, type ModelConfig } from '../index.js';

const config = (architecture: string): ModelConfig => ({
  architecture,
  classCount: 10,
  inputShape: [28, 28, 1],
});
const tapsOf = (architecture: string) =>
  Object.fromEntries(describeModel(config(architecture)).taps.map((tap) => [tap.name, tap]));

describe('a context network', () => {
  it('is an encoder of images and a linear probe of its code', () => {
    const described = describeModel(config('cdgc-context-16'));
    const encoder = 9 * 16 + 32 + 9 * 16 * 16 + 32 + 9 * 16 * 16 + 16;
    expect(described.parameterCount).toBe(encoder + 16 * 10 + 10);
    expect(tapsOf('cdgc-context-16').code).toMatchObject({ shape: [7, 7, 16], role: 'map' });
  });

  it('refuses a code without channels', () => {
    expect(() => describeModel(config('cdgc-context-0'))).toThrow(/1 to 256 channels, found 0/);
  });
});

describe('a ResNet with the encoder inside', () => {
  const name = 'resnet8-cdgc16';

  it('has the same encoder, by the same names, and a gate for each group', () => {
    const [context, gated] = ['cdgc-context-16', name].map((architecture) =>
      describeModel(config(architecture)),
    );
    expect(parameterNamesOfPart(gated, 'encoder')).toEqual(parameterNamesOfPart(context, 'encoder'));
    const gates = [16, 32, 64].reduce((sum, channels) => sum + channels + 16 + 1, 0);
    const plain = describeModel(config('resnet8')).parameterCount;
    expect(gated.parameterCount).toBe(plain + (context.parameterCount - 170) + gates);
    for (const [tap, side] of [
      ['f1.attention', 28],
      ['f2.attention', 14],
      ['f3.attention', 7],
    ] as const) {
      // prettier-ignore
      expect(tapsOf(name)[tap]).toMatchObject({ shape: [side, side, 1], role: 'attention' });
    }
    expect(() => parameterNamesOfPart(gated, 'encoders')).toThrow(/"encoder"/);
  });

  describe('in training', () => {
    beforeAll(() => startEngine());

    it('has no gradient for its encoder, and keeps its statistics where it is frozen', () => {
      const model = buildModel(config(name), 1);
      const before = encoderOf(model);
      tf.tidy(() => {
        const images = tf.tensor4d(Float32Array.from({ length: 1568 }, (_, i) => Math.cos(i)), [2, 28, 28, 1]); // prettier-ignore
        const forward = (frozenParts: readonly string[]) =>
          model.forward(images, ['logits'], { training: true, frozenParts }).logits;
        const trainable = model.parameters.filter((parameter) => parameter.trainable);
        const { grads } = tf.variableGrads(
          () => tf.sum(tf.square(forward(['encoder']))),
          trainable.map(({ variable }) => variable),
        );
        const untrained = trainable.filter(({ variable }) => !(variable.name in grads));
        expect(untrained.map((parameter) => parameter.name)).toEqual(
          parameterNamesOfPart(model, 'encoder').filter((parameter) => !parameter.includes('running')),
        );
        expect(encoderOf(model)).toEqual(before);
        forward([]);
        expect(encoderOf(model)).not.toEqual(before);
      });
      model.dispose();
    });
  });
});

function encoderOf(model: Model): Record<string, number[]> {
  const own = new Set(parameterNamesOfPart(model, 'encoder'));
  const found = model.parameters.filter(({ name }) => own.has(name));
  return Object.fromEntries(found.map(({ name, variable }) => [name, [...variable.dataSync()]]));
}
