import { describe, expect, it } from 'vitest';
import { exportText } from './export-text.js';

const facts = {
  architecture: 'plain-cnn-8',
  parameterCount: 18634,
  sizeBytes: 76123,
  format: 'onnx',
  input: { name: 'images', shape: ['batch', 1, 28, 28] },
  outputs: [
    { name: 'logits', shape: ['batch', 10] },
    { name: 'f3', shape: ['batch', 32, 7, 7] },
  ],
  normalization: { mean: [0.28604059], std: [0.353] },
} as const;

describe('the text on an exported student', () => {
  it('says what is in the file and how Python runs it', () => {
    expect(exportText(facts, 'out/my "best".onnx').split('\n')).toEqual([
      'out/my "best".onnx: 76,123 bytes, plain-cnn-8 with 18,634 parameters',
      'input:  images [batch, 1, 28, 28] float32, (pixels from 0 to 1 - 0.286) / 0.353',
      'output: logits [batch, 10], f3 [batch, 32, 7, 7]',
      '',
      'In Python:',
      '  import onnxruntime; session = onnxruntime.InferenceSession("out/my \\"best\\".onnx")',
      '  logits = session.run(["logits"], {"images": images})[0]',
    ]);
  });

  it('has a mean for each channel, and the reader of its layout', () => {
    const normalization = { mean: [0.4914, 0.48216, 0.4465], std: [0.247, 0.2435, 0.2616] };
    const text = exportText({ ...facts, format: 'safetensors', layout: 'pytorch', normalization }, 'w');
    expect(text).toContain('(pixels from 0 to 1 - [0.4914, 0.4822, 0.4465]) / [0.247, 0.2435, 0.2616]');
    expect(text).toContain('from safetensors.torch import load_file');
    const unsaid = { ...facts, normalization: undefined };
    expect(exportText({ ...unsaid, format: 'safetensors', layout: 'nhwc' }, 'w')).toMatch(
      /normalised as in training\n[^]*from safetensors\.numpy import load_file/,
    );
  });
});
