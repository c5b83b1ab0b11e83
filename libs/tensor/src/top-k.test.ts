import { DataType, Encoding, type Tensor } from '@lyceum/contracts/tensor';
import { LyceumError } from '@lyceum/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostTensor, type HostTensor } from './host-tensor.js';
import { joinRows, splitRows } from './rows.js';
import { fromWire, topKProblem, toWire } from './wire.js';

const logit = fc.float({ min: -80, max: 80, noNaN: true });
const logits: fc.Arbitrary<{ host: HostTensor; k: number }> = fc
  .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 2, max: 12 }))
  .chain(([count, classes]) => {
    const size = { minLength: count * classes, maxLength: count * classes };
    const values = fc.array(logit, size);
    return fc.record({
      host: values.map((data) => hostTensor('x', Float32Array.from(data), [count, classes])),
      k: fc.integer({ min: 1, max: classes - 1 }),
    });
  });

const rowsOf = ({ data, shape: [count, classes] }: HostTensor): number[][] =>
  Array.from({ length: count }, (_, n) => [...data.subarray(n * classes, (n + 1) * classes)]);

function softmax(row: readonly number[]): number[] {
  const largest = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Classes of the largest values, the largest first. */
const largestOf = (row: readonly number[], k: number): number[] =>
  [...row.keys()].sort((a, b) => row[b] - row[a] || a - b).slice(0, k);

function refusal(tensor: Tensor): LyceumError {
  try {
    fromWire(tensor, 'keys[0]');
  } catch (error) {
    if (error instanceof LyceumError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const wire = toWire(hostTensor('x', Float32Array.of(1, 5, 2, 0, 3, -1, 4, 7), [2, 4]), { topK: 2 });

describe('the largest logits and the mass of the rest', () => {
  it('keep the largest as they are, and the others equal with the same total mass', () => {
    fc.assert(
      fc.property(logits, ({ host, k }) => {
        const read = fromWire(toWire(host, { topK: k }), 'x');
        expect(read).toMatchObject({ name: 'x', dtype: 'f32', shape: host.shape });
        const [before, after] = [rowsOf(host), rowsOf(read)];
        before.forEach((row, n) => {
          const kept = largestOf(row, k);
          expect(kept.map((index) => after[n][index])).toEqual(kept.map((index) => row[index]));
          const others = after[n].filter((_, index) => !kept.includes(index));
          expect(new Set(others).size).toBe(1);
          const [was, is] = [softmax(row), softmax(after[n])];
          // Logits of up to 80 are kept to within 4e-6, and so are the logarithms of probabilities.
          for (const index of kept) expect(is[index]).toBeCloseTo(was[index], 5);
          const mass = (all: readonly number[]) =>
            all.reduce((sum, one, index) => sum + (kept.includes(index) ? 0 : one), 0);
          expect(Math.abs(mass(is) / mass(was) - 1)).toBeLessThan(2e-5);
        });
      }),
    );
  });

  it('are the same when they are sent again', () => {
    fc.assert(
      fc.property(logits, ({ host, k }) => {
        const once = fromWire(toWire(host, { topK: k }), 'x');
        const again = fromWire(toWire(once, { topK: k }), 'x');
        once.data.forEach((value, i) => expect(again.data[i]).toBeCloseTo(value, 4));
      }),
    );
  });

  it('lie in bytes as the contract says', () => {
    expect(wire).toMatchObject({ dtype: DataType.FP32, encoding: Encoding.TOP_K, shape: [2, 4] });
    expect(wire.data).toHaveLength(2 * (6 * 2 + 4));
    const view = new DataView(wire.data.buffer);
    expect([view.getUint16(0, true), view.getUint16(2, true)]).toEqual([1, 2]);
    expect([view.getFloat32(4, true), view.getFloat32(8, true)]).toEqual([5, 2]);
    expect(view.getFloat32(12, true)).toBeCloseTo(Math.log(Math.exp(1) + Math.exp(0)), 6);
    expect([view.getUint16(16, true), view.getUint16(18, true)]).toEqual([3, 2]);
  });

  it('of equal ones keep the lower classes', () => {
    const sent = toWire(hostTensor('x', new Float32Array(5), [1, 5]), { topK: 2 });
    expect([...fromWire(sent, 'x').data].every((value) => Math.abs(value) < 1e-6)).toBe(true);
    expect([...sent.data.subarray(0, 4)]).toEqual([0, 0, 1, 0]);
  });

  it('are cut into rows and joined', () => {
    fc.assert(
      fc.property(logits, fc.integer({ min: 1, max: 60 }), ({ host, k }, limit) => {
        const sent = toWire(host, { topK: k });
        expect(joinRows(splitRows([sent], limit).flat(), 'keys')).toEqual([fromWire(sent, 'x')]);
      }),
    );
  });

  it('are refused where they cannot be', () => {
    expect(topKProblem([3, 10], 9)).toBeUndefined();
    expect(topKProblem([3, 10], 10)).toBe('must be from 1 to 9, fewer than the 10 classes; found 10');
    expect(topKProblem([3, 10], 2.5)).toContain('found 2.5');
    expect(topKProblem([3, 10, 1], 2)).toContain('must be [N, C]');
    expect(topKProblem([3, 70_000], 2)).toContain('C from 2 to 65536');
    expect(() => toWire(hostTensor('kd/logits', new Float32Array(4), [2, 2]), { topK: 2 })).toThrow(
      'kd/logits.topK',
    );
    const host = hostTensor('kd/logits', Float32Array.of(1, NaN), [1, 2]);
    expect(() => toWire(host, { topK: 1 })).toThrow('must be finite');
  });

  const changed = (change: (view: DataView) => void) => {
    const data = wire.data.slice();
    change(new DataView(data.buffer));
    return { data };
  };
  it.each<[string, Partial<Tensor>, string, string, string]>([
    ['a byte too many', { data: new Uint8Array(33) }, 'SHAPE_MISMATCH', 'data', '2 records of 6k + 4 bytes'],
    ['as many as there are classes', { shape: [2, 2] }, 'SHAPE_MISMATCH', 'data', 'k from 1 to 1'],
    ['none', { data: new Uint8Array(8) }, 'SHAPE_MISMATCH', 'data', 'k from 1 to 3'],
    ['bytes of no samples', { shape: [0, 4] }, 'SHAPE_MISMATCH', 'data', '0 bytes'],
    ['a map', { shape: [2, 4, 1] }, 'INVALID_FIELD', 'shape', 'must be [N, C]'],
    ['too many classes', { shape: [2, 65_537] }, 'INVALID_FIELD', 'shape', 'C from 2 to 65536'],
    [
      'more memory than is given for few bytes',
      { shape: [2 ** 20, 128] },
      'INVALID_FIELD',
      'shape',
      'at most',
    ],
    ['another dtype', { dtype: DataType.INT32 }, 'INVALID_FIELD', 'dtype', 'must be FP32 for TOP_K'],
    [
      'an index past the classes',
      changed((view) => view.setUint16(16, 4, true)),
      'INVALID_FIELD',
      'data',
      'index 0 of row 1 must be below 4, found 4',
    ],
    [
      'an index twice',
      changed((view) => view.setUint16(2, 1, true)),
      'INVALID_FIELD',
      'data',
      'index 1 of row 0 must not occur twice, found 1 again',
    ],
    [
      'a logit that is not a number',
      changed((view) => view.setFloat32(8, NaN, true)),
      'INVALID_FIELD',
      'data',
      'logit 1 of row 0 must be finite',
    ],
    [
      'no mass',
      changed((view) => view.setFloat32(12, -Infinity, true)),
      'INVALID_FIELD',
      'data',
      'mass of row 0 must be finite, found -Infinity',
    ],
  ])('refuse %s', (_, change, reason, field, text) => {
    const error = refusal({ ...wire, ...change });
    expect({ reason: error.reason, fields: error.violations.map((v) => v.field) }).toEqual({
      reason,
      fields: [`keys[0].${field}`],
    });
    expect(error.message).toContain(text);
  });
});
