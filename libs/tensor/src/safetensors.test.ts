import { LyceumError } from '@lyceum/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount, hostTensor } from './host-tensor.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

function fileOf(header: unknown, dataBytes = 0, { length }: { length?: bigint } = {}): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([size, json, Buffer.alloc(dataBytes)]);
}

function reasonOf(file: Uint8Array): string {
  try {
    decodeSafetensors(file, 'w.safetensors');
  } catch (error) {
    if (error instanceof LyceumError) return `${error.reason}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

const whole = encodeSafetensors(
  [hostTensor('a', Uint8Array.of(1, 2, 3)), hostTensor('b', Float32Array.of(1, 2), [1, 2])],
  { epoch: '3' },
);

describe('encodeSafetensors and decodeSafetensors', () => {
  it('give back any tensors and metadata', () => {
    const tensor = fc
      .tuple(fc.string({ maxLength: 6 }), fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }))
      .chain(([name, shape]) => {
        const size = { minLength: elementCount(shape), maxLength: elementCount(shape) };
        const data = fc.oneof(fc.float32Array(size), fc.int32Array(size), fc.uint8Array(size));
        return data.map((values) => hostTensor(name, values, shape));
      });
    const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 6 });
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string()), (list, metadata) => {
        const named = list.map((one) => ({ ...one, name: `n${one.name}` }));
        const read = decodeSafetensors(encodeSafetensors(named, metadata));
        expect(read.tensors).toEqual(named);
        expect(Object.entries(read.metadata)).toEqual(Object.entries(metadata));
      }),
    );
  });

  it('lay wide elements first, aligned, so that reading copies nothing', () => {
    const { tensors } = decodeSafetensors(whole);
    expect(tensors.map(({ name }) => name)).toEqual(['a', 'b']);
    for (const { data } of tensors) expect(data.buffer).toBe(whole.buffer);
  });

  it('read a file at any place in memory', () => {
    const moved = new Uint8Array(whole.length + 3);
    moved.set(whole, 3);
    expect(decodeSafetensors(moved.subarray(3))).toEqual(decodeSafetensors(whole));
  });

  it('store floats in half the bytes when asked', () => {
    const tensors = [hostTensor('x', Float32Array.of(1 / 3, 1), [2])];
    const [half] = decodeSafetensors(encodeSafetensors(tensors, {}, 'F16')).tensors;
    const [bfloat] = decodeSafetensors(encodeSafetensors(tensors, {}, 'BF16')).tensors;
    expect([...half.data, ...bfloat.data]).toEqual([0.333251953125, 1, 0.333984375, 1]);
  });

  it('read 64-bit integers that fit into 32 bits', () => {
    const file = fileOf({ n: { dtype: 'I64', shape: [2], data_offsets: [0, 16] } }, 16);
    file.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], file.length - 16);
    file.set([7], file.length - 8);
    expect([...decodeSafetensors(file).tensors[0].data]).toEqual([-1, 7]);
    file.set([1], file.length - 1);
    expect(reasonOf(file)).toMatch(/^CORRUPT_FILE: .*does not fit into 32 bits$/);
  });

  it('refuse to write a name twice, or the reserved one', () => {
    const one = hostTensor('x', new Float32Array(1));
    expect(() => encodeSafetensors([one, one])).toThrow('there are two tensors named "x"');
    expect(() => encodeSafetensors([{ ...one, name: '__metadata__' }])).toThrow('is a reserved name');
  });
});

describe('decodeSafetensors refuses', () => {
  const entry = (offsets: unknown, shape: unknown = [1], dtype: unknown = 'F32') => ({
    dtype,
    shape,
    data_offsets: offsets,
  });
  const cases: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(0), 'too short for a header'],
    ['a header longer than the file', fileOf({}, 0, { length: 999n }), 'it is cut off'],
    ['a header length past any memory', fileOf({}, 0, { length: 2n ** 64n - 1n }), 'not a safetensors file'],
    ['a header that is not JSON', fileOf('{"a":'), 'the header is not JSON'],
    [
      'a header that is not UTF-8',
      Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0x22, 0xff]),
      'the header is not JSON',
    ],
    ['a header that is a list', fileOf([]), 'not a JSON object'],
    ['a tensor that is null', fileOf({ a: null }), 'is not described by an object'],
    ['metadata of numbers', fileOf({ __metadata__: { a: 1 } }), '__metadata__ must map'],
    ['a missing dtype', fileOf({ a: { shape: [], data_offsets: [0, 4] } }, 4), 'has no dtype'],
    ['an unknown dtype', fileOf({ a: entry([0, 4], [1], 'F8_E4M3') }, 4), 'has the element type "F8_E4M3"'],
    ['a dtype of the prototype', fileOf({ a: entry([0, 4], [1], 'constructor') }, 4), 'has the element type'],
    ['a negative size', fileOf({ a: entry([0, 4], [-1]) }, 4), 'has the shape [-1]'],
    ['a fractional size', fileOf({ a: entry([0, 4], [1.5]) }, 4), 'has the shape [1.5]'],
    ['offsets in reverse', fileOf({ a: entry([4, 0]) }, 4), 'has the offsets [4,0]'],
    [
      'offsets past the file',
      fileOf({ a: entry([0, 8], [2]) }, 4),
      'the tensors need 8 bytes, the file has 4',
    ],
    ['bytes of no tensor', fileOf({ a: entry([0, 4]) }, 8), 'the tensors need 4 bytes, the file has 8'],
    [
      'overlapping tensors',
      fileOf({ a: entry([0, 8], [2]), b: entry([4, 8]) }, 8),
      'overlaps the tensor before it',
    ],
    ['a gap', fileOf({ a: entry([0, 4]), b: entry([8, 12]) }, 12), 'leaves a gap'],
    [
      'a shape that needs other bytes',
      fileOf({ a: entry([0, 4], [2]) }, 4),
      'needs 8 bytes, the header gives it 4',
    ],
    ['a product past 2^53', fileOf({ a: entry([0, 4], [2 ** 40, 2 ** 40]) }, 4), 'the header gives it 4'],
  ];
  it.each(cases)('%s', (_, file, text) => {
    const reason = reasonOf(file);
    expect(reason).toMatch(/^CORRUPT_FILE: w\.safetensors: /);
    expect(reason).toContain(text);
  });

  it('a file cut off anywhere', () => {
    for (let length = 0; length < whole.length; length += 1) {
      expect(reasonOf(whole.subarray(0, length))).toMatch(/^CORRUPT_FILE: /);
    }
  });

  it('or reads, but never crashes on, a file with any byte changed', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Uint8Array.from(whole);
        damaged[at] ^= change;
        expect(reasonOf(damaged)).toMatch(/^(accepted|CORRUPT_FILE: )/);
      }),
    );
  });
});
