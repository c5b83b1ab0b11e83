import { DataType, Encoding, type Tensor } from '@lyceum/contracts/tensor';
import { LyceumError } from '@lyceum/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount, hostTensor, type HostTensor } from './host-tensor.js';
import { joinRows, splitRows } from './rows.js';
import { fromWire, toWire, wireHead } from './wire.js';

const floats = fc.float({ noNaN: true, noDefaultInfinity: true });
const shapes = fc.tuple(
  fc.integer({ min: 0, max: 5 }),
  fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
);
const tensors: fc.Arbitrary<HostTensor> = shapes.chain(([count, row]) => {
  const shape = [count, ...row];
  const size = { minLength: elementCount(shape), maxLength: elementCount(shape) };
  return fc.array(floats, size).map((data) => hostTensor('x', Float32Array.from(data), shape));
});

function refusal(tensor: Tensor): LyceumError {
  try {
    fromWire(tensor, 'keys[0]');
  } catch (error) {
    if (error instanceof LyceumError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** A tensor of two rows, 1 2 and 100 -50. */
const wire = toWire(hostTensor('x', Float32Array.of(1, 2, 100, -50), [2, 2]), 'int8');

describe('int8 with a scale a row', () => {
  it('is off by half a 127th of the row’s largest magnitude at most, and zero is zero', () => {
    fc.assert(
      fc.property(tensors, (host) => {
        const read = fromWire(toWire(host, 'int8'), 'x');
        expect(read).toMatchObject({ name: 'x', dtype: 'f32', shape: host.shape });
        const size = elementCount(host.shape.slice(1));
        host.data.forEach((value, i) => {
          const row = host.data.subarray(i - (i % size), i - (i % size) + size);
          const largest = Math.max(...row.map(Math.abs));
          // Below 2^-126 the scale itself is coarse.
          expect(Math.abs(read.data[i] - value)).toBeLessThanOrEqual(
            (largest / 254) * (1 + 1e-6) + 127 * 2 ** -149,
          );
          if (value === 0) expect(Math.abs(read.data[i])).toBe(0);
        });
      }),
    );
  });

  it('is as good as the same when it is encoded again', () => {
    fc.assert(
      fc.property(tensors, (host) => {
        const once = fromWire(toWire(host, 'int8'), 'x');
        fromWire(toWire(once, 'int8'), 'x').data.forEach((value, i) => {
          // The scale is rounded once more; below 2^-126 by much.
          const allowed = Math.abs(once.data[i]) * 1e-6 + 127 * 2 ** -149;
          expect(Math.abs(value - once.data[i])).toBeLessThanOrEqual(allowed);
        });
      }),
    );
  });

  it('lies in bytes as the contract says', () => {
    expect(wire).toMatchObject({ dtype: DataType.FP32, encoding: Encoding.INT8_ROWS, shape: [2, 2] });
    const view = new DataView(wire.data.buffer);
    expect(wire.data).toHaveLength(12);
    expect([view.getFloat32(0, true), view.getFloat32(6, true)]).toEqual(
      [2, 100].map((v) => Math.fround(v / 127)),
    );
    expect([4, 5, 10, 11].map((at) => view.getInt8(at))).toEqual([64, 127, 127, -64]);
  });

  it('stays FP32 where it would grow', () => {
    const [column, scalar] = [
      hostTensor('x', Float32Array.of(1, 2), [2]),
      hostTensor('x', Float32Array.of(3), []),
    ];
    for (const host of [column, scalar]) {
      const sent = toWire(host, 'int8');
      expect(sent.encoding).toBe(Encoding.RAW);
      expect(sent.data.buffer).toBe(host.data.buffer);
      expect({ ...sent, data: new Uint8Array(0) }).toEqual(wireHead(host, 'int8'));
    }
  });

  it('is cut into rows and joined at any alignment', () => {
    fc.assert(
      fc.property(
        tensors,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 3 }),
        (host, limit, shift) => {
          const parts = splitRows([toWire(host, 'int8')], limit).flat();
          const moved = parts.map((part) => {
            const data = new Uint8Array(part.data.length + shift);
            data.set(part.data, shift);
            return { ...part, data: data.subarray(shift) };
          });
          expect(joinRows(moved, 'keys')).toEqual([fromWire(toWire(host, 'int8'), 'x')]);
        },
      ),
    );
  });

  it('carries the largest floats', () => {
    const largest = 3.4028234663852886e38;
    const read = fromWire(toWire(hostTensor('x', Float32Array.of(largest, -largest), [1, 2]), 'int8'), 'x');
    expect([...read.data].every((value) => Math.abs(value) > 0.99999 * largest)).toBe(true);
    expect([...read.data].every(Number.isFinite)).toBe(true);
  });

  it('refuses to send what is not finite', () => {
    for (const bad of [NaN, Infinity]) {
      const host = hostTensor('kd/logits', Float32Array.of(1, bad), [1, 2]);
      expect(() => toWire(host, 'int8')).toThrow(`kd/logits: must be finite, found ${bad} at [0, 1]`);
    }
    expect(() => toWire(hostTensor('x', Int32Array.of(1, 2), [1, 2]), 'int8')).toThrow('int8 cannot hold');
  });

  const withScale = (value: number) => {
    const data = wire.data.slice();
    new DataView(data.buffer).setFloat32(6, value, true);
    return { data };
  };
  it.each<[string, Partial<Tensor>, string, string]>([
    ['a byte too few', { data: wire.data.subarray(1) }, 'SHAPE_MISMATCH', 'keys[0].data'],
    ['a row too few', { data: wire.data.subarray(6) }, 'SHAPE_MISMATCH', 'keys[0].data'],
    ['bytes of no rows', { shape: [0, 2] }, 'SHAPE_MISMATCH', 'keys[0].data'],
    ['another dtype', { dtype: DataType.FP16 }, 'INVALID_FIELD', 'keys[0].dtype'],
    ['a scale that is not a number', withScale(NaN), 'NON_FINITE', 'keys[0].data'],
    ['an infinite scale', withScale(Infinity), 'NON_FINITE', 'keys[0].data'],
    ['a negative scale', withScale(-1), 'NON_FINITE', 'keys[0].data'],
  ])('refuses %s', (_, change, reason, field) => {
    const error = refusal({ ...wire, ...change });
    expect({ reason: error.reason, fields: error.violations.map((v) => v.field) }).toEqual({
      reason,
      fields: [field],
    });
  });

  it('is not joined with parts of another encoding', () => {
    const raw = toWire(hostTensor('x', Float32Array.of(1, 2), [1, 2]));
    expect(() => joinRows([wire, raw], 'keys')).toThrow('keys[1]: part of "x" must have the dtype, encoding');
  });
});
