import { DataType, Encoding } from '@lyceum/contracts/tensor';
import { DistillBatch, DistillOpen } from '@lyceum/contracts/teacher';
import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import { contentOf } from './batch-content.js';
import { planOf } from './opening.js';
import type { LoadedTeacher } from './worker/inference-api.js';

const open = (changes: object) => DistillOpen.fromPartial({ taps: ['logits'], ...changes });
const teacher = { name: 't', inputShape: [2, 2, 1] } as unknown as LoadedTeacher;

function refusal(action: () => unknown): LyceumError {
  try {
    action();
  } catch (error) {
    return LyceumError.from(error);
  }
  throw new Error('it was accepted');
}

const pixels = (shape: number[], data: Uint8Array, dtype = DataType.FP32) =>
  DistillBatch.fromPartial({
    sequence: 1,
    content: {
      $case: 'pixels',
      value: { images: { name: 'images', dtype, shape, encoding: Encoding.RAW, data } },
    },
  });

const samples = (indices: number[], view = 0) =>
  DistillBatch.fromPartial({ sequence: 1, content: { $case: 'samples', value: { indices, view } } });

describe('opening a stream', () => {
  it.each([
    [{ split: 'both' }, 'open.split'],
    [{ window: -1 }, 'open.window'],
    [{ dtype: DataType.INT32 }, 'open.dtype'],
    [{ taps: [] }, 'open.keys'],
    [{ keys: [{ id: 'A b', loss: 'kd' }] }, 'open.keys[0].id'],
    [
      {
        keys: [
          { id: 'kd', loss: 'kd' },
          { id: 'kd', loss: 'at' },
        ],
      },
      'open.keys[1].id',
    ],
    [{ augmentation: { padCropPixels: 33 } }, 'open.augmentation.pad_crop_pixels'],
  ])('refuses %j', (changes, field) => {
    expect(refusal(() => planOf(open(changes), [])).violations.map((v) => v.field)).toContain(field);
  });

  it('tells all violations at once', () => {
    expect(refusal(() => planOf(open({ split: 'x', window: -1 }), [])).violations).toHaveLength(2);
  });

  it('reads data by path only below the folders that are allowed', () => {
    const wanted = open({ data: { name: 'idx', path: '/data/a/../../etc' } });
    expect(refusal(() => planOf(wanted, ['/data'])).reason).toBe('FORBIDDEN');
    expect(planOf(open({ data: { name: 'idx', path: '/data/a' } }), ['/data']).data?.path).toBe('/data/a');
  });
});

describe('a batch', () => {
  it('refuses an index past the end, naming its place', () => {
    const error = refusal(() => contentOf(samples([1, 9]), teacher, 9, 64));
    expect(error.reason).toBe('INDEX_OUT_OF_RANGE');
    expect(error.violations[0].field).toBe('batch.samples.indices[1]');
  });

  it.each([
    [samples([]), 'INVALID_FIELD'],
    [samples([0], -1), 'INVALID_FIELD'],
    [samples(Array.from({ length: 65 }, () => 0)), 'BATCH_TOO_LARGE'],
    [pixels([1, 3, 2, 1], new Uint8Array(24)), 'INVALID_FIELD'],
    [pixels([1, 2, 2, 1], new Uint8Array(15)), 'SHAPE_MISMATCH'],
    [pixels([1, 2, 2, 1], new Uint8Array(Float32Array.of(1, NaN, 1, 1).buffer)), 'NON_FINITE'],
    [DistillBatch.fromPartial({ sequence: 1 }), 'INVALID_FIELD'],
  ])('refuses number %#', (batch, reason) => {
    expect(refusal(() => contentOf(batch, teacher, 9, 64)).reason).toBe(reason);
  });

  it('accepts pixels as bytes or floats', () => {
    expect(contentOf(pixels([1, 2, 2, 1], new Uint8Array(4), DataType.UINT8), teacher, 9, 64).kind).toBe(
      'pixels',
    );
    expect(contentOf(pixels([1, 2, 2, 1], new Uint8Array(16)), teacher, 9, 64).kind).toBe('pixels');
  });
});
