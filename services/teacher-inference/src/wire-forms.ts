import { KeyEncoding, type DistillOpen, type KeySpec } from '@lyceum/contracts/teacher';
import { DataType } from '@lyceum/contracts/tensor';
import { invalidFields, type Violation } from '@lyceum/errors';
import { topKProblem, type WireForm } from '@lyceum/tensor';
import type { OpenedPlan } from './worker/inference-api.js';

type AnswerTensor = OpenedPlan['tensors'][number];

/** How many logits of a sample are sent where the caller does not say. */
const usualTopK = 8;

const dtypes = [DataType.FP32, DataType.FP16, DataType.BF16];

const plainForms: Readonly<Partial<Record<KeyEncoding, DataType>>> = {
  [KeyEncoding.FP32]: DataType.FP32,
  [KeyEncoding.FP16]: DataType.FP16,
  [KeyEncoding.BF16]: DataType.BF16,
};

/** What an opening message says of forms that cannot be, whatever the keys are. */
export function formViolations({ dtype, keys }: DistillOpen): Violation[] {
  const violations: Violation[] = [];
  if (dtype !== DataType.UNSPECIFIED && !dtypes.includes(dtype)) {
    const description = `must be DATA_TYPE_FP32, DATA_TYPE_FP16 or DATA_TYPE_BF16, found ${DataType[dtype] ?? dtype}`;
    violations.push({ field: 'open.dtype', description });
  }
  return [...violations, ...keys.flatMap(keyViolations)];
}

function keyViolations({ encoding, topK }: KeySpec, i: number): Violation[] {
  const at = `open.keys[${i}]`;
  if (KeyEncoding[encoding] === undefined || encoding === KeyEncoding.UNRECOGNIZED) {
    const names = ['FP32', 'FP16', 'BF16', 'INT8', 'TOP_K'].map((name) => `KEY_ENCODING_${name}`);
    return [
      { field: `${at}.encoding`, description: `must be one of ${names.join(', ')}, found ${encoding}` },
    ];
  }
  if (topK < 0) return [{ field: `${at}.top_k`, description: `must be 1 or more, found ${topK}` }];
  if (topK === 0 || encoding === KeyEncoding.TOP_K) return [];
  return [{ field: `${at}.top_k`, description: `goes with KEY_ENCODING_TOP_K, found ${topK} without it` }];
}

/** How the tensors of a stream's answers are sent, by their names. */
export type WireForms = ReadonlyMap<string, WireForm>;

/** How a tensor is sent. */
export function formOf(forms: WireForms, { name }: { readonly name: string }): WireForm {
  return forms.get(name) ?? DataType.FP32;
}

/**
 * How each tensor of a stream's answers is sent.
 * @throws LyceumError INVALID_FIELD when a key cannot be sent as the caller wants it.
 */
export function wireForms(open: DistillOpen, tensors: readonly AnswerTensor[]): WireForms {
  const byId = new Map(open.keys.map((spec, i) => [spec.id, { spec, at: `open.keys[${i}]` }]));
  const violations = new Map<string, string>();
  const forms = tensors.map((tensor): [string, WireForm] => {
    const usual = open.dtype === DataType.UNSPECIFIED ? DataType.FP32 : open.dtype;
    const key = tensor.name.includes('/') ? byId.get(tensor.name.split('/')[0]) : undefined;
    if (key === undefined) return [tensor.name, usual];
    const form = keyForm(key.spec, usual);
    const problem = problemOf(form, tensor);
    if (problem !== undefined) violations.set(`${key.at}.${problem.field}`, problem.text);
    return [tensor.name, form];
  });
  if (violations.size > 0)
    throw invalidFields([...violations].map(([field, description]) => ({ field, description })));
  return new Map(forms);
}

function keyForm({ encoding, topK }: KeySpec, usual: DataType): WireForm {
  if (encoding === KeyEncoding.INT8) return 'int8';
  if (encoding === KeyEncoding.TOP_K) return { topK: topK === 0 ? usualTopK : topK };
  return plainForms[encoding] ?? usual;
}

function problemOf(
  form: WireForm,
  { name, shape, numbers }: AnswerTensor,
): { readonly field: 'encoding' | 'top_k'; readonly text: string } | undefined {
  if (typeof form === 'number') return undefined;
  if (numbers === 'whole') {
    const text = `"${name}" holds whole numbers that stand for bits, which KEY_ENCODING_FP32, FP16 and BF16 keep and others do not`;
    return { field: 'encoding', text };
  }
  if (form === 'int8') return undefined;
  if (numbers !== 'logits') {
    const text = `KEY_ENCODING_TOP_K is for keys that are logits [N, C] and nothing else, "${name}" is [N, ${shape.slice(1).join(', ')}]`;
    return { field: 'encoding', text };
  }
  const problem = topKProblem(shape, form.topK);
  return problem === undefined ? undefined : { field: 'top_k', text: problem };
}
