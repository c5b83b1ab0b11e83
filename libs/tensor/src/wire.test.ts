import { DataType, Encoding, Tensor } from '@lyceum/contracts/tensor';
import { LyceumError } from '@lyceum/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireFinite } from './finite.js';
import { elementCount, hostTensor, type HostTensor } from './host-tensor.js';
import { fromWire, toWire } from './wire.js';

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

const hostTensors: fc.Arbitrary<HostTensor> = shapes.chain((shape) => {
  const size = { minLength: elementCount(shape), maxLength: elementCount(shape) };
  return fc
    .oneof(fc.float32Array(size), fc.int32Array(size), fc.uint8Array(size))
    .map((data) => hostTensor('x', data, shape));
});

function wireTensor(change: Partial<Tensor> = {}): Tensor {
  const base = {
    name: 'x',
    dtype: DataType.FP32,
    shape: [2],
    encoding: Encoding.RAW,
    data: new Uint8Array(8),
  };
  return { ...base, ...change };
}

function errorOf(run: () => unknown): LyceumError {
  try {
    run();
  } catch (error) {
    if (error instanceof LyceumError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('toWire and fromWire', () => {
  it('give back any tensor, through protobuf and at any alignment', () => {
    fc.assert(
      fc.property(hostTensors, fc.integer({ min: 0, max: 7 }), (host, shift) => {
        const message = Tensor.encode(toWire(host)).finish();
        const shifted = new Uint8Array(message.length + shift);
        shifted.set(message, shift);
        expect(fromWire(Tensor.decode(shifted.subarray(shift)), 'x')).toEqual(host);
      }),
    );
  });

  it('share memory both ways when element type and alignment allow it', () => {
    const host = hostTensor('x', Float32Array.of(1, 2, 3), [3]);
    const wire = toWire(host);
    expect(wire.data.buffer).toBe(host.data.buffer);
    expect(fromWire(wire, 'x').data.buffer).toBe(host.data.buffer);
  });

  it('copy once when the bytes are not aligned, and leave the message alone', () => {
    const bytes = Buffer.alloc(9);
    bytes.writeFloatLE(1.5, 1);
    const read = fromWire(wireTensor({ shape: [1], data: bytes.subarray(1, 5) }), 'x');
    expect([...read.data]).toEqual([1.5]);
    expect(read.data.buffer).not.toBe(bytes.buffer);
  });

  it('carry FP16 and BF16 rounded, and a view of a larger array alone', () => {
    const host = hostTensor('x', Float32Array.of(9, 1 / 3, -2, 9).subarray(1, 3), [2]);
    for (const [type, third] of [
      [DataType.FP16, 0.333251953125],
      [DataType.BF16, 0.333984375],
    ] as const) {
      const wire = toWire(host, type);
      expect(wire.data).toHaveLength(4);
      expect([...fromWire(wire, 'x').data]).toEqual([third, -2]);
      const odd = new Uint8Array(5);
      odd.set(wire.data, 1);
      expect([...fromWire({ ...wire, data: odd.subarray(1) }, 'x').data]).toEqual([third, -2]);
    }
  });

  it('refuse a dtype that cannot hold the elements', () => {
    const labels = hostTensor('labels', Int32Array.of(1));
    expect(errorOf(() => toWire(labels, DataType.FP16)).message).toBe(
      'labels.dtype: FP16 cannot hold the elements of a tensor of i32',
    );
  });
});

describe('fromWire names the field that is wrong', () => {
  const cases: [string, Partial<Tensor>, string, string][] = [
    ['no dtype', { dtype: DataType.UNSPECIFIED }, 'INVALID_FIELD', 'keys[0].dtype'],
    ['an unknown dtype', { dtype: 99 as DataType }, 'INVALID_FIELD', 'keys[0].dtype'],
    ['an unknown encoding', { encoding: 7 as Encoding }, 'INVALID_FIELD', 'keys[0].encoding'],
    ['a negative size', { shape: [1, -2] }, 'INVALID_FIELD', 'keys[0].shape[1]'],
    ['a huge size', { shape: [0, 2 ** 52] }, 'INVALID_FIELD', 'keys[0].shape[1]'],
    ['too many dimensions', { shape: Array<number>(9).fill(1) }, 'INVALID_FIELD', 'keys[0].shape'],
    ['too few bytes', { data: new Uint8Array(7) }, 'SHAPE_MISMATCH', 'keys[0].data'],
    ['a product past 2^53', { shape: Array<number>(8).fill(2 ** 31 - 1) }, 'SHAPE_MISMATCH', 'keys[0].data'],
  ];
  it.each(cases)('%s', (_, change, reason, field) => {
    const error = errorOf(() => fromWire(wireTensor(change), 'keys[0]'));
    expect(error.reason).toBe(reason);
    expect(error.violations.map((violation) => violation.field)).toEqual([field]);
  });

  it('all of them at once', () => {
    const bad = wireTensor({ dtype: DataType.UNSPECIFIED, encoding: 7 as Encoding, shape: [-1] });
    expect(errorOf(() => fromWire(bad, 'x')).violations).toHaveLength(3);
  });

  it('a tensor that is missing', () => {
    expect(errorOf(() => fromWire(undefined, 'labels')).message).toBe('labels: a tensor is required');
  });
});

describe('requireFinite', () => {
  it('finds the one bad element wherever it is', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.constantFrom(NaN, Infinity, -Infinity),
        (data, at, bad) => {
          const tensor = hostTensor('x', data);
          requireFinite(tensor, 'x');
          data[at % data.length] = bad;
          const { reason, message } = errorOf(() => requireFinite(tensor, 'keys[2]'));
          expect(reason).toBe('NON_FINITE');
          expect(message).toBe(`keys[2]: must be finite, found ${bad} at [${at % data.length}]`);
        },
      ),
    );
  });

  it('takes the largest floats, of which many add up', () => {
    const largest = new Float32Array(10_000).fill(3.4028234663852886e38);
    expect(() => requireFinite(hostTensor('x', largest), 'x')).not.toThrow();
    const opposite = hostTensor('x', Float32Array.of(Infinity, 1, 2, 3, -Infinity));
    expect(() => requireFinite(opposite, 'x')).toThrow('found Infinity at [0]');
  });

  it('tells the place in the tensor', () => {
    const tensor = hostTensor('x', Float32Array.of(0, 0, 0, 0, NaN, 0), [2, 3]);
    expect(() => requireFinite(tensor, 'x')).toThrow('found NaN at [1, 1]');
  });
});

it('hostTensor refuses a shape that its data do not fill', () => {
  expect(() => hostTensor('x', new Float32Array(5), [2, 3])).toThrow(
    'shape [2, 3] has 6 elements, the data 5',
  );
});
