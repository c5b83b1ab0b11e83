import { LyceumError } from '@lyceum/errors';
import { readWeights } from '@lyceum/models';
import { decodeSafetensors, encodeSafetensors } from '@lyceum/tensor';
import { describe, expect, it } from 'vitest';
import { exportStudent, type ExportOptions } from './index.js';
import { makeWeights } from './made-weights.fixture.js';

const config = {
  architecture: 'plain-cnn-2',
  classCount: 3,
  inputShape: [8, 6, 1] as [number, number, number],
};
const weights = makeWeights(config, { data: 'synthetic', classes: '["a","b","c"]' });

describe('an exported student', () => {
  it.each([
    ['nhwc', 'engine', [3, 3, 2, 2], [8, 3], ['batch', 8, 6, 1]],
    ['pytorch', 'pytorch', [2, 2, 3, 3], [3, 8], ['batch', 1, 8, 6]],
  ] as const)('lies as asked for: %s', (layout, named, kernel, dense, input) => {
    const exported = exportStudent(weights, { format: 'safetensors', layout });
    const { tensors, metadata } = decodeSafetensors(exported.bytes);
    const shapes = Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]));
    expect([shapes['group1.conv2.weight'], shapes['fc.weight']]).toEqual([kernel, dense]);
    expect(metadata).toMatchObject({ data: 'synthetic', classes: '["a","b","c"]', layout: named });
    expect(exported.input.shape).toEqual(input);
    expect(readWeights(exported.bytes).values).toEqual(readWeights(weights).values);
  });

  it.each(['onnx', 'safetensors'] as const)('is the same bytes for the same weights: %s', (format) => {
    const [one, other] = [exportStudent(weights, { format }), exportStudent(weights, { format })];
    expect(Buffer.compare(one.bytes, other.bytes)).toBe(0);
    expect(one).toMatchObject({
      architecture: 'plain-cnn-2',
      parameterCount: readWeights(weights).description.parameterCount,
      outputs: [{ name: 'logits', shape: ['batch', 3] }],
    });
  });

  it('may come from weights that do not say their model', () => {
    const bare = encodeSafetensors(decodeSafetensors(weights).tensors, { layout: 'engine' });
    const { bytes } = exportStudent(bare, { format: 'onnx', config });
    expect(bytes.length).toBeGreaterThan(1000);
    expect(problemOf(bare, { format: 'onnx', label: 'w.safetensors' }).message).toContain(
      'w.safetensors: does not say which model it is for',
    );
  });
});

describe('what can not be exported', () => {
  it.each<[string, ExportOptions, string, string]>([
    ['an unknown tap', { format: 'onnx', taps: ['f22'] }, 'UNKNOWN_NAME', 'there is no tap "f22"; did you mean "f2"'], // prettier-ignore
    ['a layout of ONNX', { format: 'onnx', layout: 'nhwc' }, 'INVALID_FIELD', 'layout: is for safetensors only'], // prettier-ignore
    ['taps of safetensors', { format: 'safetensors', taps: ['f2'] }, 'INVALID_FIELD', 'taps: are outputs of an ONNX graph'], // prettier-ignore
  ])('is refused: %s', (_, options, reason, text) => {
    const error = problemOf(weights, options);
    expect(error.reason).toBe(reason);
    expect(error.message).toContain(text);
  });

  it.each(['{}', 'none', '{"mean":[1],"std":[]}'])('is refused: a normalisation of %s', (normalization) => {
    const bytes = makeWeights(config, { normalization });
    expect(problemOf(bytes, { format: 'onnx', label: 'w' })).toMatchObject({
      reason: 'CORRUPT_FILE',
      message: `w: normalization in its metadata must be {"mean": [...], "std": [...]}, found ${normalization}`,
    });
  });
});

function problemOf(bytes: Uint8Array, options: ExportOptions): LyceumError {
  try {
    exportStudent(bytes, options);
  } catch (error) {
    if (error instanceof LyceumError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
