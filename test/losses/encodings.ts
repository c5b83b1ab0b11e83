import { DataType } from '@lyceum/contracts/tensor';
import { keyNumbers, type AnyLoss } from '@lyceum/losses';
import type { HostTensor, WireForm } from '@lyceum/tensor';

/** How keys may be sent, beside FP32. */
export const encodingNames = ['fp16', 'bf16', 'int8', 'top-k'] as const;
export type EncodingName = (typeof encodingNames)[number];

/**
 * How a key of a recorded case is sent in an encoding; undefined where a teacher would refuse. Recorded logits have 3 to
 * 10 classes, of which `top-k` keeps half.
 */
export function caseForm(
  encoding: EncodingName,
  module: AnyLoss,
  key: readonly HostTensor[],
): WireForm | undefined {
  if (encoding === 'fp16') return DataType.FP16;
  if (encoding === 'bf16') return DataType.BF16;
  const numbers = key.map(({ name }) => keyNumbers(module, name));
  if (numbers.length === 0 || numbers.includes('whole')) return undefined;
  if (encoding === 'int8') return 'int8';
  if (numbers.includes('any')) return undefined;
  const classCounts = key.map(({ shape }) => shape[1]);
  return { topK: Math.floor(Math.min(...classCounts) / 2) };
}
