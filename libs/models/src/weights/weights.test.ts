import { startEngine, tf } from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import { decodeSafetensors, encodeSafetensors, hostTensor } from '@lyceum/tensor';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  buildModel,
  encodeWeights,
  loadWeights,
  readWeights,
  restoreModel,
  saveWeights,
  type Model,
  type ModelConfig,
} from '../index.js';

const small: ModelConfig = { architecture: 'mobilenet-v2', classCount: 3, inputShape: [32, 32, 3] };
const tiny: ModelConfig = { architecture: 'plain-cnn-2', classCount: 3, inputShape: [8, 8, 1] };

beforeAll(() => startEngine());
beforeEach(() => {
  tf.engine().startScope();
  return () => tf.engine().endScope();
});

describe('weights', () => {
  it.each(['engine', 'pytorch'] as const)('come back as they were, by the %s layout', (layout) => {
    const model = buildModel(small, 1);
    const other = buildModel(small, 2);
    const metadata = loadWeights(other, saveWeights(model, { step: '40' }, { layout }));
    expect(metadata).toMatchObject({ step: '40', architecture: 'mobilenet-v2', classCount: '3', layout });
    expect(logits(other)).toEqual(logits(model));
  });

  it('rebuild their model by themselves', () => {
    const model = buildModel(tiny, 1);
    const restored = restoreModel(saveWeights(model));
    expect(restored.config).toEqual(tiny);
    expect(logits(restored)).toEqual(logits(model));
  });

  it('go from one layout to the other and back without an engine', () => {
    const model = buildModel(small, 1);
    const bytes = saveWeights(model, { step: '40' });
    const turned = saveWeights(model, { step: '40' }, { layout: 'pytorch' });
    const { description, values, metadata } = readWeights(turned);
    expect(description.config).toEqual(small);
    expect(Buffer.compare(encodeWeights(small, values, metadata), bytes)).toBe(0);
    const again = readWeights(bytes);
    const back = encodeWeights(small, again.values, again.metadata, { layout: 'pytorch' });
    expect(Buffer.compare(back, turned)).toBe(0);
  });

  it('are the same bytes for the same numbers', () => {
    expect(saveWeights(buildModel(tiny, 1))).toEqual(saveWeights(buildModel(tiny, 1)));
  });

  it('lie as PyTorch has them where that is asked for', () => {
    const model = buildModel(small, 1);
    const shapes = Object.fromEntries(
      decodeSafetensors(saveWeights(model, {}, { layout: 'pytorch' })).tensors.map(({ name, shape }) => [
        name,
        shape,
      ]),
    );
    expect(shapes['conv1.0.weight']).toEqual([16, 3, 3, 3]);
    expect(shapes['blocks.1.0.conv.3.weight']).toEqual([48, 1, 3, 3]);
    expect(shapes['classifier.0.weight']).toEqual([3, 1280]);
  });

  it('from PyTorch are turned around, its counters passed over', () => {
    const model = buildModel(tiny, 1);
    const tensors = decodeSafetensors(saveWeights(model, {}, { layout: 'pytorch' })).tensors;
    const kernel = Float32Array.from({ length: 18 }, (_, place) => place);
    const changed = tensors.map((tensor) =>
      tensor.name === 'group1.conv1.weight' ? hostTensor(tensor.name, kernel, [2, 1, 3, 3]) : tensor,
    );
    const counter = hostTensor('group1.bn1.num_batches_tracked', Int32Array.of(7), []);
    loadWeights(model, encodeSafetensors([...changed, counter], { format: 'pt' }));
    const loaded = model.parameters.find(({ name }) => name === 'group1.conv1.weight');
    const interleaved = Array.from({ length: 9 }, (_, place) => [place, 9 + place]).flat();
    expect([...(loaded?.variable.dataSync() ?? [])]).toEqual(interleaved);
  });
});

describe('weights that do not fit', () => {
  it('are refused with every tensor that is wrong, and change nothing', () => {
    const model = buildModel(tiny, 1);
    const before = logits(model);
    const { tensors, metadata } = decodeSafetensors(saveWeights(buildModel({ ...tiny, classCount: 4 }, 2)));
    const renamed = tensors.map((tensor) =>
      tensor.name === 'group2.bn1.bias' ? { ...tensor, name: 'group2.bn1.biass' } : tensor,
    );
    const error = problemOf(() =>
      loadWeights(model, encodeSafetensors(renamed, metadata), { label: 'w.safetensors' }),
    );
    expect(error.reason).toBe('SHAPE_MISMATCH');
    expect(error.message).toContain(
      'w.safetensors: does not fit plain-cnn-2 with 3 classes and images of 8 x 8 x 1',
    );
    expect(error.violations).toEqual([
      { field: 'group2.bn1.bias', description: 'is missing, must be [4]' },
      { field: 'fc.weight', description: 'must be [8, 3], found [8, 4]' },
      { field: 'fc.bias', description: 'must be [3], found [4]' },
      {
        field: 'group2.bn1.biass',
        description: 'is not a parameter of the model; the nearest is "group2.bn1.bias"',
      },
    ]);
    expect(logits(model)).toEqual(before);
  });

  it('are refused with the place of a number that is none', () => {
    const model = buildModel(tiny, 1);
    const { tensors, metadata } = decodeSafetensors(saveWeights(model));
    const broken = tensors.map((tensor) =>
      tensor.name === 'fc.bias' ? hostTensor('fc.bias', Float32Array.of(1, NaN, 2)) : tensor,
    );
    const error = problemOf(() => loadWeights(model, encodeSafetensors(broken, metadata)));
    expect(error).toMatchObject({ reason: 'NON_FINITE' });
    expect(error.message).toContain('fc.bias: must be finite, found NaN at [1]');
  });

  it('are refused when the file is damaged or says nothing about its model', () => {
    const bytes = saveWeights(buildModel(tiny, 1));
    expect(problemOf(() => restoreModel(bytes.subarray(0, bytes.length - 9))).reason).toBe('CORRUPT_FILE');
    const { tensors } = decodeSafetensors(bytes);
    expect(problemOf(() => restoreModel(encodeSafetensors(tensors))).message).toContain(
      'does not say which model',
    );
  });
});

function logits(model: Model): number[] {
  const [height, width, channels] = model.config.inputShape;
  const count = height * width * channels;
  const images = tf.tensor4d(Float32Array.from({ length: count }, (_, place) => Math.sin(place)), [1, height, width, channels]); // prettier-ignore
  return [...model.forward(images, ['logits'], { training: false }).logits.dataSync()];
}

function problemOf(run: () => unknown): LyceumError {
  try {
    run();
  } catch (error) {
    if (error instanceof LyceumError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
