import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import { ApplyRequest, ApplyResponse } from '@lyceum/contracts/loss';
import { LossServiceService } from '@lyceum/contracts/loss-service';
import { ExchangeResponse } from '@lyceum/contracts/peer';
import { DistillRequest, DistillResponse } from '@lyceum/contracts/teacher';
import { DataType, Encoding, type Tensor } from '@lyceum/contracts/tensor';
import { LyceumError } from '@lyceum/errors';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeBulk } from './bulk-message.js';
import { connect } from './connect.js';
import { startServer } from './server.js';
import { defineService } from './service.js';
import { statusFrom } from './status.js';

const integers = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const longs = fc.maxSafeInteger();
const text = fc.string({ unit: 'grapheme', maxLength: 40 });

/** Sizes on both sides of where bytes stop being copied, and of every length of a length. */
const data = fc
  .constantFrom(0, 1, 127, 128, 1000, 1023, 1024, 1025, 16_383, 16_384, 70_000)
  .map((length) => Uint8Array.from({ length }, (_, i) => (i * 31) % 256));

const tensors: fc.Arbitrary<Tensor[]> = fc.array(
  fc.record({
    name: text,
    dtype: fc.constantFrom(DataType.FP32, DataType.UINT8, DataType.UNSPECIFIED),
    shape: fc.array(longs, { maxLength: 3 }),
    encoding: fc.constantFrom(Encoding.RAW, Encoding.UNSPECIFIED),
    data,
  }),
  { maxLength: 4 },
);
const tensor = tensors.map((list) => list[0]);
const error = fc.constantFrom(undefined, statusFrom(new LyceumError('NON_FINITE', 'x')));

const distillResponses = fc
  .record({ sequence: longs, tensors, last: fc.boolean(), error, cached: fc.boolean() })
  .map((value): DistillResponse => ({ message: { $case: 'keys', value } }));

const opened = fc.record({
  window: integers,
  maxBatchSize: integers,
  tensors,
  teacher: fc.constant(undefined),
});
const openedResponses = opened.map((value): DistillResponse => ({ message: { $case: 'opened', value } }));

const distillRequests = fc.oneof(
  fc.record({ sequence: longs, images: tensor }).map(({ sequence, images }): DistillRequest => ({
    message: { $case: 'batch', value: { sequence, content: { $case: 'pixels', value: { images } } } },
  })),
  fc
    .record({ sequence: longs, indices: fc.array(integers), view: integers })
    .map(({ sequence, ...value }): DistillRequest => ({
      message: { $case: 'batch', value: { sequence, content: { $case: 'samples', value } } },
    })),
  fc
    .record({
      name: text,
      temperature: fc.double(),
      flag: fc.boolean(),
      dtype: fc.constantFrom(DataType.FP16, DataType.FP32),
    })
    .map(({ name, temperature, flag, dtype }) =>
      DistillRequest.fromPartial({
        message: {
          $case: 'open',
          value: {
            teacher: name,
            taps: [name, ''],
            dtype,
            keys: [
              {
                id: 'a',
                loss: 'at',
                params: { temperature, flag, none: null, list: [1, 'x'] },
                teacherTaps: { a: name },
                studentShapes: { layer1: { shape: [8, 8] } },
              },
            ],
            augmentation: { padCropPixels: 4, flip: flag, seed: 2 ** 40 },
          },
        },
      }),
    ),
);

const applyRequests = fc.oneof(
  fc
    .record({
      step: longs,
      epoch: integers,
      student: tensors,
      keys: tensors,
      weights: tensors,
      labels: tensor,
      indices: tensor,
      extra: tensors,
    })
    .map((value): ApplyRequest => ({ sequence: value.step, message: { $case: 'step', value } })),
  fc
    .record({ state: tensors, last: fc.boolean() })
    .map((value): ApplyRequest => ({ sequence: 3, message: { $case: 'restore', value } })),
);

const applyResponses = fc.oneof(
  fc
    .record({ value: fc.double(), terms: fc.dictionary(text, fc.double()), gradients: tensors })
    .map((value): ApplyResponse => ({ sequence: 9, message: { $case: 'result', value } })),
  fc
    .record({ weights: tensors, trainable: fc.array(text) })
    .map((value): ApplyResponse => ({ sequence: -1, message: { $case: 'opened', value } })),
  fc
    .record({ state: tensors, last: fc.boolean() })
    .map((value): ApplyResponse => ({ sequence: 0, message: { $case: 'state', value } })),
);

const exchangeResponses = fc
  .record({ step: longs, phase: integers, tensors, error })
  .map((value): ExchangeResponse => ({ message: { $case: 'keys', value } }));

describe('encodeBulk writes the bytes of the generated encoder', () => {
  function check<T>(
    type: { encode(message: T, writer?: BinaryWriter): BinaryWriter },
    messages: fc.Arbitrary<T>,
  ): void {
    fc.assert(
      fc.property(messages, fc.constantFrom(0, 5), (message, at) => {
        const wanted = Buffer.from(type.encode(message).finish());
        const bulk = encodeBulk(type, message);
        const framed = Buffer.alloc(at + bulk.length);
        bulk.copy(framed, at);
        expect(bulk.byteLength).toBe(wanted.length);
        expect(framed.subarray(at).equals(wanted)).toBe(true);
      }),
      { numRuns: 60 },
    );
  }

  it('for answers of a teacher', () => check(DistillResponse, fc.oneof(distillResponses, openedResponses)));
  it('for requests to a teacher', () => check(DistillRequest, distillRequests));
  it('for requests to a loss', () => check(ApplyRequest, applyRequests));
  it('for answers of a loss', () => check(ApplyResponse, applyResponses));
  it('for answers of a peer', () => check(ExchangeResponse, exchangeResponses));
});

it('tensors of any size cross a real stream both ways unchanged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lyceum-bulk-'));
  const service = defineService(LossServiceService, {
    listLosses: async () => ({ losses: [], nextPageToken: '' }),
    getLoss: async () => ({ loss: undefined }),
    async *apply(requests) {
      for await (const { sequence, message } of requests) {
        if (message?.$case !== 'step') throw new LyceumError('WRONG_STATE', 'not a step');
        yield {
          sequence,
          message: { $case: 'result', value: { value: 1, terms: {}, gradients: message.value.student } },
        };
      }
    },
  });
  const server = await startServer({ address: `unix:${join(folder, 's')}`, services: [service] });
  const stream = connect(server.address, LossServiceService).stream('apply');
  for (const length of [0, 1, 1023, 1024, 2 ** 20, 30 * 2 ** 20]) {
    const data = Uint8Array.from({ length }, (_, i) => (i * 7) % 256);
    const student = [{ name: 'x', dtype: DataType.UINT8, shape: [length], encoding: Encoding.RAW, data }];
    const value = {
      step: 0,
      epoch: 0,
      student,
      keys: [],
      weights: [],
      labels: undefined,
      indices: undefined,
      extra: [],
    };
    await stream.write({ sequence: length, message: { $case: 'step', value } });
    const { value: answer } = await stream.next();
    expect(answer?.sequence).toBe(length);
    const gradients = answer?.message?.$case === 'result' ? answer.message.value.gradients : [];
    expect(Buffer.from(gradients[0].data).equals(data)).toBe(true);
  }
  stream.end();
  expect((await stream.next()).done).toBe(true);
  await server.drain(1000);
  rmSync(folder, { recursive: true });
});
