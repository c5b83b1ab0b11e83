import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildModel, describeModel, type Model } from './index.js';
import { goldenForward, nameHash, unitNumber } from './golden.fixture.js';

const small = { architecture: 'resnet8', classCount: 10, inputShape: [28, 28, 1] } as const;

beforeAll(() => startEngine());

describe('the vectors of this test', () => {
  it('are made with the hash that made the expected numbers', () => {
    const { fnv1aExample, uExample } = goldenForward();
    expect(nameHash(fnv1aExample.text)).toBe(fnv1aExample.hash);
    for (const [place, u] of uExample.u.entries()) expect(unitNumber(place, uExample.t)).toBeCloseTo(u, 8);
  });
});

describe('a built model', () => {
  it('starts from its seed alone', () => {
    const values = (seed: number): number[] => {
      const model = buildModel(small, seed);
      const kernel = [...valuesOf(model, 'layer2.0.conv1.weight')];
      model.dispose();
      return kernel;
    };
    expect(values(1)).toEqual(values(1));
    expect(values(1)).not.toEqual(values(2));
  });

  it('starts with the spread that its authors chose', () => {
    const deviation = (values: Float32Array): number =>
      Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    const wide = buildModel({ ...small, architecture: 'resnet8x4' }, 3);
    expect(deviation(valuesOf(wide, 'layer3.0.conv2.weight'))).toBeCloseTo(Math.sqrt(2 / (9 * 256)), 3);
    expect(Math.max(...valuesOf(wide, 'fc.weight').map(Math.abs))).toBeLessThanOrEqual(1 / 16);
    expect([...valuesOf(wide, 'bn1.running_var')]).toEqual(Array<number>(32).fill(1));
    wide.dispose();
    const shuffle = buildModel({ ...small, architecture: 'shufflenet-v1' }, 3);
    expect(Math.max(...valuesOf(shuffle, 'layer1.1.conv1.weight').map(Math.abs))).toBeLessThan(
      1 / Math.sqrt(80),
    );
    shuffle.dispose();
    const mobile = buildModel({ ...small, architecture: 'mobilenet-v2' }, 3);
    expect(deviation(valuesOf(mobile, 'classifier.0.weight'))).toBeCloseTo(0.01, 3);
    expect(Math.max(...valuesOf(mobile, 'classifier.0.bias'))).toBe(0);
    mobile.dispose();
  });

  it('leaves nothing behind on the engine', () => {
    const before = tf.memory().numTensors;
    const model = buildModel(small, 1);
    const images = tf.zeros<tf.Rank.R4>([2, 28, 28, 1]);
    tf.dispose(model.forward(images, ['logits'], { training: true }));
    tf.dispose(model.forward(images, ['f1', 'f1.preact', 'logits'], { training: false }));
    model.dispose();
    images.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(['plain-cnn-8', 'resnet8', 'wrn-16-1', 'vgg8', 'mobilenet-v2', 'shufflenet-v1', 'shufflenet-v2'])(
    '%s gives every tap in its described shape, and learns',
    (architecture) => {
      const model = buildModel({ ...small, architecture }, 5);
      const trainable = model.parameters.filter((parameter) => parameter.trainable);
      const variables = trainable.map(({ variable }) => variable);
      const images = tf.randomNormal<tf.Rank.R4>([4, 28, 28, 1], 0, 1, 'float32', 7);
      const { taps } = describeModel(model.config);
      const reached = model.forward(images, taps.map(({ name }) => name), { training: true }); // prettier-ignore
      for (const { name, shape } of taps) expect(reached[name].shape).toEqual([4, ...shape]);
      const { grads } = tf.variableGrads(() => {
        const { logits } = model.forward(images, ['logits'], { training: true });
        return tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([0, 1, 2, 3], 'int32'), 10), logits);
      }, variables);
      for (const { name, variable } of trainable) {
        const gradient = grads[variable.name];
        expect(gradient.shape, name).toEqual(variable.shape);
        expect(Number.isFinite(tf.sum(gradient).dataSync()[0]), name).toBe(true);
      }
      model.dispose();
    },
  );

  it('computes nothing behind the last tap that is wanted', () => {
    const model = buildModel(small, 1);
    const images = tf.ones<tf.Rank.R4>([2, 28, 28, 1]);
    tf.dispose(model.forward(images, ['f1'], { training: true }));
    expect([...valuesOf(model, 'layer2.0.bn1.running_var')]).toEqual(Array<number>(32).fill(1));
    expect(valuesOf(model, 'layer1.0.bn1.running_var')[0]).not.toBe(1);
    model.dispose();
  });

  it('keeps its statistics when it does not train', () => {
    const model = buildModel(small, 1);
    tf.dispose(model.forward(tf.ones([2, 28, 28, 1]), ['logits'], { training: false }));
    expect([...valuesOf(model, 'bn1.running_mean')]).toEqual(Array<number>(16).fill(0));
    model.dispose();
  });

  it('names the tap or the images that do not fit', () => {
    const model = buildModel(small, 1);
    const run = (shape: [number, number, number, number], tap: string) => () =>
      model.forward(tf.ones(shape), [tap], { training: false });
    expect(run([2, 28, 28, 1], 'f7')).toThrow('there is no tap "f7"; did you mean');
    expect(run([2, 32, 32, 3], 'logits')).toThrow('images: must be [N, 28, 28, 1], found [2, 32, 32, 3]');
    model.dispose();
  });
});

function valuesOf(model: Model, name: string): Float32Array {
  const parameter = model.parameters.find((candidate) => candidate.name === name);
  return parameter!.variable.dataSync<'float32'>();
}
