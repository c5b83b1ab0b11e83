import { DataType } from '@lyceum/contracts/tensor';
import { losses } from '@lyceum/losses';
import { catalogue } from '@lyceum/recipes';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startTeacher } from '../processes/fleet.js';
import { fileScope } from '../processes/scope.js';
import { CountingRelay } from './counting-relay.js';
import { expectedBytes } from './expected-bytes.js';
import { figuresOf } from './figures-of.js';
import { dataOf, keySpecs } from './key-plan.js';
import { measureStream } from './measured-stream.js';
import { measuredOf, rowName } from './page/measured.js';
import { measureLosses, wireForms, type WireBytes, type WireFormName } from './wire-bytes.js';

const page = readFileSync(new URL('../../docs/losses.md', import.meta.url), 'utf8');
const documented = measuredOf(page).bytes;
const pair = catalogue.usualPair;
const taught = [...losses.values()].filter(({ teacher }) => teacher.length > 0).map(({ id }) => id);
const batch = Array.from({ length: pair.batchSize }, (_, i) => i);

const scope = fileScope();
let relay: CountingRelay;
let measured: Map<string, WireBytes>;
/** All that the teacher sent while the keys were measured. */
let sentBytes: number;

beforeAll(async () => {
  const model = { architecture: pair.teacher, data: dataOf(pair).name, seed: 1 };
  const args = ['--thread-count', '2', '--cache-bytes', '0'];
  const teacher = await startTeacher(scope, { model, args });
  relay = await CountingRelay.start(scope.newSocket('relay'), teacher.address);
  scope.defer(() => relay[Symbol.asyncDispose]());
  measured = await measureLosses(relay.address, pair);
  sentBytes = relay.answeredBytes;
}, 300_000);

describe(`from a ${pair.teacher} to a ${pair.student}`, () => {
  it.each(taught)('%s: its key weighs what the page says, and little more than its numbers', async (id) => {
    const figures = await figuresOf(id, pair);
    const { key, keyBytesPerSample } = figures;
    expect(expectedBytes(figures, pair, 'fp32')).toBe(keyBytesPerSample);
    const mine = measured.get(id) ?? {};
    expect(mine).toEqual(documented.get(rowName.loss(id)));
    for (const form of wireForms) {
      const bytes = mine[form];
      if (bytes === undefined) continue;
      const numbers = expectedBytes(figures, pair, form);
      expect(bytes, form).toBeGreaterThanOrEqual(numbers);
      // Names, shapes and heads: some tens of bytes a tensor and batch, or a tensor and message of 1 MiB.
      expect(bytes, form).toBeLessThanOrEqual(numbers * 1.0001 + key.length + 1);
    }
  });

  it('all keys can be sent in half the bytes, all but bits in a byte, and logits alone as the largest', () => {
    const without = (form: WireFormName) => taught.filter((id) => measured.get(id)?.[form] === undefined);
    expect([...without('fp32'), ...without('fp16'), ...without('bf16')]).toEqual([]);
    expect(without('int8')).toEqual(['ab']);
    const logits = taught.filter((id) => measured.get(id)?.['top-k'] !== undefined);
    expect(logits.sort()).toEqual(
      'ban br-npa cosine dist dkd dkpp dml kd l1 mse one-image pixel-distillation takd'.split(' '),
    );
  });

  it('what the socket carried is these bytes and below 1 % of framing', () => {
    const weights = [...measured.values()].flatMap((bytes) => Object.values(bytes));
    const keys = weights.reduce((sum, bytes) => sum + bytes * pair.batchSize, 0);
    expect(sentBytes / keys).toBeGreaterThan(0.999);
    expect(sentBytes / keys).toBeLessThan(1.01);
  });

  it('raw taps weigh their numbers, and FP16 halves a key', async () => {
    const figures = await figuresOf('at', pair);
    const [data, keys] = [dataOf(pair), await keySpecs('at', pair)];
    const taps = Object.values(figures.teacherTaps);
    const weigh = async (open: Parameters<typeof measureStream>[1]) => {
      const [{ bytes }] = await measureStream(relay.address, { ...open, data }, [batch]);
      return [...bytes.values()].reduce((sum, one) => sum + one, 0) / pair.batchSize;
    };
    expect((await weigh({ taps })) / figures.rawBytesPerSample).toBeCloseTo(1, 3);
    const half = await weigh({ keys, dtype: DataType.FP16 });
    expect(half / (figures.keyBytesPerSample / 2)).toBeCloseTo(1, 2);
  });
});
