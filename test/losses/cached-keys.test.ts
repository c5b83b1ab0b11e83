import { losses } from '@lyceum/losses';
import { catalogue } from '@lyceum/recipes';
import type { HostTensor } from '@lyceum/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { startTeacher } from '../processes/fleet.js';
import { fileScope } from '../processes/scope.js';
import type { Pair } from './figures-of.js';
import { dataOf, keySpecs } from './key-plan.js';
import { measureStream } from './measured-stream.js';

/** The same family as the usual pair, and quick. */
const pair: Pair = {
  ...catalogue.usualPair,
  teacher: 'resnet8x4',
  student: 'resnet8x4',
  inputShape: [16, 16, 3],
  batchSize: 6,
};
const first = [0, 1, 2, 3, 4, 5];
/** Known samples in another order: their keys are gathered, not the answer repeated. */
const second = [4, 0, 5, 2];

const scope = fileScope();
let address: string;

beforeAll(async () => {
  const model = { architecture: pair.teacher, data: dataOf(pair).name, seed: 1 };
  address = (await startTeacher(scope, { model })).address;
});

const taught = [...losses.values()].filter(({ teacher }) => teacher.length > 0);
const perSample = taught.filter(({ keyIsPerBatch }) => keyIsPerBatch !== true).map(({ id }) => id);
const perBatch = taught.filter(({ keyIsPerBatch }) => keyIsPerBatch === true).map(({ id }) => id);

describe('keys that are asked for again', () => {
  it.each(perSample)('%s: come from the cache, bit for bit', async (id) => {
    const keys = await keySpecs(id, pair);
    const open = { keys, data: dataOf(pair) };
    const [once, again] = await measureStream(address, open, [first, second]);
    expect([once.cached, again.cached]).toEqual([false, true]);
    for (const { name, data } of once.tensors) {
      const numbers = [...data];
      expect(numbers.every(Number.isFinite) && numbers.some((value) => value !== 0), name).toBe(true);
    }
    expectRows(again.tensors, once.tensors, second);
    // Another stream, such as another student's, is answered from the same cache.
    const [other] = await measureStream(address, open, [first]);
    expect(other.cached).toBe(true);
    expectRows(other.tensors, once.tensors, first);
  });

  it.each(perBatch)('%s: are computed again, since they belong to the whole batch', async (id) => {
    const keys = await keySpecs(id, pair);
    const [once, again] = await measureStream(address, { keys, data: dataOf(pair) }, [first, first]);
    expect([once.cached, again.cached]).toEqual([false, false]);
    expectRows(again.tensors, once.tensors, first);
  });
});

/** Keys must be these rows of the fresh ones, bit for bit: then a loss of them has the same numbers too. */
function expectRows(
  keys: readonly HostTensor[],
  fresh: readonly HostTensor[],
  rows: readonly number[],
): void {
  expect(keys.map(({ name }) => name)).toEqual(fresh.map(({ name }) => name));
  for (const [i, key] of keys.entries()) {
    const all = Array.from(rows, (_, row) => row);
    expect(rowsOf(key, all).equals(rowsOf(fresh[i], rows)), key.name).toBe(true);
  }
}

/** The bytes of some samples' rows. */
function rowsOf({ shape, data }: HostTensor, rows: readonly number[]): Buffer {
  const rowBytes = data.byteLength / shape[0];
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat(rows.map((row) => bytes.subarray(row * rowBytes, (row + 1) * rowBytes)));
}
