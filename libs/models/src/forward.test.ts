import { startEngine, tf } from '@lyceum/engine';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildModel, type Model, type Parameter } from './index.js';
import { goldenForward, nameHash, unitNumber, type GoldenPass } from './golden.fixture.js';

const golden = goldenForward();
let model: Model;

beforeAll(() => startEngine());
afterEach(() => model.dispose());

describe('forward passes equal the original', () => {
  it.each(Object.entries(golden.models))('%s', (architecture, passes) => {
    const [, height, width, channels] = golden.inputShape;
    model = buildModel(
      { architecture, classCount: golden.classes, inputShape: [height, width, channels] },
      0,
    );
    fillByFormula(model);
    const names = model.taps
      .filter(({ role }) => role !== 'block' && !role.startsWith('preact'))
      .map(({ name }) => name);
    tf.tidy(() => {
      const images = tf.tensor4d(uniform(golden.inputTag, size(golden.inputShape)), golden.inputShape);
      expectPass(model.forward(images, names, { training: false }), passes.eval);
      expectPass(model.forward(images, names, { training: true }), passes.train);
    });
    expectMoved(model, passes.train);
  });
});

function expectPass(found: Record<string, tf.Tensor>, pass: GoldenPass): void {
  const { logits, ...features } = found;
  const greatest = Math.max(...pass.logits.map(Math.abs));
  const tolerance = Math.max(1e-4, 20 * pass.float32Error);
  const values = logits.dataSync();
  for (const [place, expected] of pass.logits.entries()) {
    expect(Math.abs(values[place] - expected) / greatest, `logit ${place}`).toBeLessThan(tolerance);
  }
  expect(Object.keys(features).length).toBe(pass.taps.length);
  for (const [place, tap] of pass.taps.entries()) {
    const feature = found[`f${place}`];
    expect(feature.shape).toEqual(tap.shape);
    const data = feature.dataSync<'float32'>();
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
    const near = (actual: number, expected: number, what: string): void =>
      expect(Math.abs(actual - expected) / tap.absMax, `f${place}: ${what}`).toBeLessThan(tolerance);
    near(mean, tap.mean, 'mean');
    near(deviation, tap.std, 'deviation');
    near(data.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0), tap.absMax, 'greatest'); // prettier-ignore
    for (const [sample, index] of tap.at.entries()) near(data[index], tap.values[sample], `element ${index}`);
  }
}

function expectMoved({ parameters }: Model, pass: GoldenPass): void {
  const moved = Object.entries(pass.movingStatsAfter ?? {});
  expect(moved.length).toBe(4);
  for (const [name, expected] of moved) {
    const values = parameters.find((parameter) => parameter.name === name)?.variable.dataSync();
    for (const [place, value] of expected.entries()) {
      const error = Math.abs((values?.[place] ?? NaN) - value) / Math.max(1, Math.abs(value));
      expect(error, `${name}[${place}]`).toBeLessThan(1e-4);
    }
  }
}

function fillByFormula({ parameters }: Model): void {
  for (const { name, kind, variable } of parameters) {
    const { shape } = variable;
    const values = uniform(name, size(shape));
    const scale = amplitude(kind, shape);
    const offset = kind === 'bn-scale' || kind === 'bn-variance' ? 1 : 0;
    tf.tidy(() => variable.assign(tf.tensor(values.map((value) => offset + scale * value), shape))); // prettier-ignore
  }
}

/** Half the width of the interval; batch norm scales and variances are 0.75 + 0.5 u, that is 1 + 0.25 (2 u - 1). */
function amplitude(kind: Parameter['kind'], shape: readonly number[]): number {
  switch (kind) {
    case 'conv':
      return Math.sqrt(6 / (shape[0] * shape[1] * shape[2]));
    case 'depthwise':
      return Math.sqrt(6 / (shape[0] * shape[1]));
    case 'dense':
      return Math.sqrt(6 / shape[0]);
    case 'bias':
      return 0.1;
    case 'bn-scale':
    case 'bn-variance':
      return 0.25;
    case 'bn-offset':
    case 'bn-mean':
      return 0.2;
  }
}

/** `2 u - 1` for every place. */
function uniform(tag: string, count: number): Float32Array {
  const hash = nameHash(tag);
  return Float32Array.from({ length: count }, (_, place) => 2 * unitNumber(place, hash) - 1);
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
