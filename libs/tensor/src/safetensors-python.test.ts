import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostTensor } from './host-tensor.js';
import { providePython, runPython } from './python.fixture.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

const folder = mkdtempSync(join(tmpdir(), 'lyceum-safetensors-'));
let python: string | undefined;
beforeAll(() => (python = providePython()));
afterAll(() => rmSync(folder, { recursive: true }));

/** Raw content, since numpy has no bfloat16, and what numpy makes of it where it can. */
const read = `
import json, sys
from safetensors import deserialize, safe_open
from safetensors.numpy import load_file
raw = deserialize(open(sys.argv[1], 'rb').read())
described = {name: [t['dtype'], t['shape'], bytes(t['data']).hex()] for name, t in raw}
sums = {} if any(t['dtype'] == 'BF16' for _, t in raw) else {k: float(v.astype('float64').sum()) for k, v in load_file(sys.argv[1]).items()}
with safe_open(sys.argv[1], framework='np') as f:
    metadata = f.metadata()
print(json.dumps({'tensors': described, 'sums': sums, 'metadata': metadata}))`;

const write = `
import json, sys, numpy as np
from safetensors import serialize_file
half = np.array([1 / 3, -2, 65504, 6e-8], dtype='float16')
whole = np.array([[1.5, -2], [3e38, 1e-45]], dtype='float32')
brain = (np.array([1, -3.140625], dtype='float32').view('uint32') >> 16).astype('uint16')
t = lambda dtype, array: {'dtype': dtype, 'shape': list(array.shape), 'data': array.tobytes()}
serialize_file({
    'conv.weight': t('float32', whole), 'half': t('float16', half), 'brain': t('bfloat16', brain),
    'labels': t('int32', np.array([3, -1], dtype='int32')), 'image': t('uint8', np.arange(6, dtype='uint8').reshape(1, 2, 3)),
    'bn.num_batches_tracked': t('int64', np.array(12345, dtype='int64')), 'empty': t('float32', np.zeros((0, 4), dtype='float32')),
}, sys.argv[1], {'format': 'np', 'name': 'wörter'})
print(json.dumps(half.astype('float32').tolist()))`;

describe("the format's own implementation", () => {
  it('reads what is written here', (context) => {
    if (python === undefined) return context.skip('no Python with safetensors');
    const path = join(folder, 'ours.safetensors');
    const weights = Float32Array.of(1.5, -2, 0.25, 1e30);
    const tensors = [
      hostTensor('0', Uint8Array.of(1, 2, 255)),
      hostTensor('conv/ö', weights, [2, 1, 2]),
      hostTensor('labels', Int32Array.of(-7, 2 ** 31 - 1)),
      hostTensor('scalar', Float32Array.of(3), []),
      hostTensor('none', new Float32Array(0), [0, 3]),
    ];
    writeFileSync(path, encodeSafetensors(tensors, { epoch: '3', note: '"ü"' }));
    expect(runPython(python, read, [path])).toEqual({
      tensors: {
        '0': ['U8', [3], '0102ff'],
        'conv/ö': ['F32', [2, 1, 2], Buffer.from(weights.buffer).toString('hex')],
        labels: ['I32', [2], 'f9ffffffffffff7f'],
        scalar: ['F32', [], '00004040'],
        none: ['F32', [0, 3], ''],
      },
      sums: { '0': 258, 'conv/ö': Math.fround(1e30) - 0.25, labels: 2 ** 31 - 8, scalar: 3, none: 0 },
      metadata: { epoch: '3', note: '"ü"' },
    });
    for (const [floats, hex] of [
      ['F16', '5535'],
      ['BF16', 'ab3e'],
    ] as const) {
      writeFileSync(path, encodeSafetensors([hostTensor('x', Float32Array.of(1 / 3))], {}, floats));
      expect(runPython(python, read, [path])).toMatchObject({ tensors: { x: [floats, [1], hex] } });
    }
  });

  it('is read here', (context) => {
    if (python === undefined) return context.skip('no Python with safetensors');
    const path = join(folder, 'theirs.safetensors');
    const half = runPython(python, write, [path]) as number[];
    const { tensors, metadata } = decodeSafetensors(readFileSync(path));
    expect(metadata).toEqual({ format: 'np', name: 'wörter' });
    const found = Object.fromEntries(
      tensors.map(({ name, dtype, shape, data }) => [name, [dtype, shape, [...data]]]),
    );
    expect(found).toEqual({
      'conv.weight': ['f32', [2, 2], [1.5, -2, Math.fround(3e38), Math.fround(1e-45)]],
      half: ['f32', [4], half],
      brain: ['f32', [2], [1, -3.140625]],
      labels: ['i32', [2], [3, -1]],
      image: ['u8', [1, 2, 3], [0, 1, 2, 3, 4, 5]],
      'bn.num_batches_tracked': ['i32', [], [12345]],
      empty: ['f32', [0, 4], []],
    });
  });
});
