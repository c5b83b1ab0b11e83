import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildModel, describeModel, type ModelConfig } from '../index.js';

const config = (architecture: string): ModelConfig => ({
  architecture,
  classCount: 10,
  inputShape: [28, 28, 1],
});
const shapesOf = (architecture: string) =>
  Object.fromEntries(describeModel(config(architecture)).taps.map(({ name, shape }) => [name, shape]));

describe('a ResNet with representative vectors', () => {
  it('has the parameters of its ResNet, and a classifier of K times as many inputs', () => {
    const plain = describeModel(config('resnet20')).parameterCount;
    expect(plain).toBe(272186);
    for (const [name, count] of [
      ['resnet20-npa1', 1],
      ['resnet20-npa3', 3],
      ['resnet20-npa3-high', 3],
    ] as const) {
      expect(describeModel(config(name)).parameterCount).toBe(plain + (count - 1) * 64 * 10);
    }
  });

  it('has four times the places of its last map where the last group has stride 1', () => {
    expect(shapesOf('resnet8-npa3')).toMatchObject({ f3: [7, 7, 64], attention: [7, 7, 3], f4: [192] });
    expect(shapesOf('resnet8-npa3-high')).toMatchObject({ f3: [14, 14, 64], attention: [14, 14, 3] });
  });

  it('refuses a number of maps that makes no sense', () => {
    expect(() => describeModel(config('resnet8-npa0'))).toThrow(/1 to 16 attention maps, found 0/);
  });
});

describe('its attention maps', () => {
  beforeAll(() => startEngine());

  it('sum to 1, the first covers the most active places, and the vectors are their means', () => {
    const model = buildModel(config('resnet8-npa3-high'), 1);
    tf.tidy(() => {
      const images = tf.tensor4d(Float32Array.from({ length: 4 * 784 }, (_, i) => Math.sin(i * i)), [4, 28, 28, 1]); // prettier-ignore
      const taps = model.forward(images, ['f3', 'attention', 'f4', 'logits'], { training: false });
      for (const sum of tf.sum(taps.attention, [1, 2]).dataSync()) expect(sum).toBeCloseTo(1, 4);
      const strength = tf.mean(
        tf.sum(tf.mul(taps.attention, tf.norm(taps.f3, 'euclidean', 3, true)), [1, 2]),
        0,
      );
      const [first, second, third] = strength.dataSync();
      expect(first).toBeGreaterThan(second);
      expect(first).toBeGreaterThan(third);
      const means = tf.sum(tf.mul(tf.expandDims(taps.attention, 4), tf.expandDims(taps.f3, 3)), [1, 2]);
      const gap = tf.max(tf.abs(tf.sub(tf.reshape(means, [4, 192]), taps.f4))).dataSync()[0];
      expect(gap).toBeLessThan(1e-4);
    });
    model.dispose();
  });
});
