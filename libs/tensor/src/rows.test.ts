import { DataType, type Tensor } from '@lyceum/contracts/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount, hostTensor, type HostTensor } from './host-tensor.js';
import { joinRows, splitRows } from './rows.js';
import { toWire } from './wire.js';

function numbered(name: string, shape: number[]): HostTensor {
  return hostTensor(
    name,
    Float32Array.from({ length: elementCount(shape) }, (_, i) => i),
    shape,
  );
}

const bytes = (tensors: readonly Tensor[]) => tensors.reduce((sum, { data }) => sum + data.length, 0);

describe('splitRows and joinRows', () => {
  it('give back any tensors, in messages no larger than asked unless one row is', () => {
    const shapes = fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 3 }), { maxLength: 5 });
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 200 }), fc.boolean(), (list, limit, half) => {
        const hosts = list.map((shape, i) => numbered(`t${i}`, shape));
        const wires = hosts.map((host) => toWire(host, half ? DataType.FP16 : DataType.FP32));
        const messages = splitRows(wires, limit);
        expect(messages.length).toBeGreaterThan(0);
        for (const message of messages) {
          const full = message.filter(({ data }) => data.length > 0);
          const isOneRow = full.length === 1 && (full[0].shape[0] ?? 1) === 1;
          expect(bytes(message) <= limit || isOneRow).toBe(true);
        }
        expect(joinRows(messages.flat(), 'keys')).toEqual(hosts);
      }),
    );
  });

  it('packs small tensors into one message and cuts a large one into rows of about 1 MiB', () => {
    const small = toWire(numbered('a', [64, 10]));
    const large = toWire(numbered('b', [64, 32, 32, 16]));
    const messages = splitRows([small, large]);
    expect(messages.map((message) => message.map(({ name, shape }) => `${name}${shape[0]}`))).toEqual([
      ['a64', 'b15'],
      ['b16'],
      ['b16'],
      ['b16'],
      ['b1'],
    ]);
    expect(messages[1][0].data.buffer).toBe(large.data.buffer);
  });

  it('answers one empty message for no tensors', () => {
    expect(splitRows([])).toEqual([[]]);
    expect(joinRows([], 'keys')).toEqual([]);
  });

  it('refuse parts whose rows differ, and name the part', () => {
    const a = toWire(numbered('x', [2, 3]));
    for (const part of [numbered('x', [2, 4]), numbered('x', [2]), numbered('x', [])]) {
      expect(() => joinRows([a, toWire(part)], 'keys')).toThrow('keys[1]: part of "x" must have');
    }
    const shortened = { ...a, data: a.data.subarray(4) };
    expect(() => joinRows([a, shortened], 'keys')).toThrow('keys[1].data: must have 24 bytes');
  });
});
