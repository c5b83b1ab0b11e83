import { KeyEncoding, type KeySpec } from '@lyceum/contracts/teacher';
import { DataType } from '@lyceum/contracts/tensor';
import type { TaskTeacher, TrainTask } from '@lyceum/recipes';

const dtypes = { fp32: DataType.FP32, fp16: DataType.FP16, bf16: DataType.BF16 } as const;

const encodings = {
  fp32: KeyEncoding.FP32,
  fp16: KeyEncoding.FP16,
  bf16: KeyEncoding.BF16,
  int8: KeyEncoding.INT8,
  'top-k': KeyEncoding.TOP_K,
} as const;

/** The element type in which a teacher is to answer where a loss does not say otherwise. */
export function streamDtype({ dtype }: Pick<TaskTeacher, 'dtype'>): DataType {
  return dtypes[dtype];
}

/** How the key of a loss is to be sent, by the loss's name in the recipe. */
export function keyEncoding(
  { losses }: Pick<TrainTask, 'losses'>,
  name: string,
): Pick<KeySpec, 'encoding' | 'topK'> {
  const { encoding, topK = 0 } = losses.find(({ as }) => as === name) ?? {};
  return { encoding: encoding === undefined ? KeyEncoding.UNSPECIFIED : encodings[encoding], topK };
}
