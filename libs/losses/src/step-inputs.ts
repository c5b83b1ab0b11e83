import type { tf } from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import type { LossInput } from './loss.js';

/** The step's labels. @throws LyceumError SHAPE_MISMATCH when the caller sent none. */
export function labelsOf(input: Pick<LossInput, 'labels'>): tf.Tensor1D {
  return needed('labels', input.labels);
}

/** The samples' positions in the training split. @throws LyceumError SHAPE_MISMATCH when the caller sent none. */
export function indicesOf(input: Pick<LossInput, 'indices'>): tf.Tensor1D {
  return needed('indices', input.indices);
}

function needed(field: string, tensor: tf.Tensor1D | undefined): tf.Tensor1D {
  if (tensor !== undefined) return tensor;
  const description = 'the loss needs them: int32 [N]';
  throw new LyceumError('SHAPE_MISMATCH', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}
