import { DistillOpen, KeyEncoding } from '@lyceum/contracts/teacher';
import { DataType } from '@lyceum/contracts/tensor';
import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import { planOf } from './opening.js';
import { formOf, wireForms } from './wire-forms.js';
import type { OpenedPlan } from './worker/inference-api.js';

type Fields = Parameters<typeof DistillOpen.fromPartial>[0];

const tensors: OpenedPlan['tensors'] = [
  { name: 'logits', shape: [1, 10], perBatch: false, numbers: 'any' },
  { name: 'kd/logits', shape: [1, 10], perBatch: false, numbers: 'logits' },
  { name: 'sp/layer1', shape: [1, 1], perBatch: true, numbers: 'any' },
  { name: 'ab/layer1.signs', shape: [1, 16], perBatch: false, numbers: 'whole' },
];

const keyed = (change: object, id = 'kd'): Fields => ({
  taps: ['logits'],
  keys: ['kd', 'sp', 'ab'].map((one) => ({ id: one, loss: one, ...(one === id ? change : {}) })),
});

function formsOf(fields: Fields) {
  const open = DistillOpen.fromPartial(fields);
  planOf(open, []);
  const forms = wireForms(open, tensors);
  return tensors.map((tensor) => formOf(forms, tensor));
}

function refusal(fields: Fields): string {
  try {
    formsOf(fields);
  } catch (error) {
    return LyceumError.from(error).message;
  }
  return '';
}

const { FP32, FP16, BF16 } = DataType;

describe('how answers are sent', () => {
  it('is the stream’s element type where a key does not say otherwise', () => {
    expect(formsOf(keyed({}))).toEqual([FP32, FP32, FP32, FP32]);
    expect(formsOf({ ...keyed({}), dtype: BF16 })).toEqual([BF16, BF16, BF16, BF16]);
    expect(formsOf({ ...keyed({ encoding: KeyEncoding.FP32 }), dtype: FP16 })).toEqual([
      FP16,
      FP32,
      FP16,
      FP16,
    ]);
    expect(formsOf(keyed({ encoding: KeyEncoding.BF16 }, 'ab'))).toEqual([FP32, FP32, FP32, BF16]);
  });

  it('is the encoding that a key asks for', () => {
    expect(formsOf(keyed({ encoding: KeyEncoding.INT8 }, 'sp'))).toEqual([FP32, FP32, 'int8', FP32]);
    expect(formsOf(keyed({ encoding: KeyEncoding.TOP_K }))).toEqual([FP32, { topK: 8 }, FP32, FP32]);
    expect(formsOf(keyed({ encoding: KeyEncoding.TOP_K, topK: 3 }))).toEqual([FP32, { topK: 3 }, FP32, FP32]);
  });

  it.each<[Fields, string]>([
    [keyed({ encoding: 99 }), 'open.keys[0].encoding: must be one of KEY_ENCODING_FP32'],
    [keyed({ encoding: KeyEncoding.TOP_K, topK: -1 }), 'open.keys[0].top_k: must be 1 or more, found -1'],
    [keyed({ encoding: KeyEncoding.INT8, topK: 2 }), 'open.keys[0].top_k: goes with KEY_ENCODING_TOP_K'],
    [keyed({ encoding: KeyEncoding.TOP_K, topK: 10 }), 'open.keys[0].top_k: must be from 1 to 9'],
    [
      keyed({ encoding: KeyEncoding.TOP_K }, 'sp'),
      'open.keys[1].encoding: KEY_ENCODING_TOP_K is for keys that are',
    ],
    [
      keyed({ encoding: KeyEncoding.INT8 }, 'ab'),
      'open.keys[2].encoding: "ab/layer1.signs" holds whole numbers',
    ],
    [
      { ...keyed({}), dtype: DataType.INT32 },
      'open.dtype: must be DATA_TYPE_FP32, DATA_TYPE_FP16 or DATA_TYPE_BF16',
    ],
  ])('is refused where it cannot be: number %#', (fields, text) => {
    expect(refusal(fields)).toContain(text);
  });
});
