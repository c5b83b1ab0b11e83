import type { tf } from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import type { LossInput, TensorMap } from './loss.js';

/** The step's labels. @throws LyceumError SHAPE_MISMATCH when the caller sent none. */
export function labelsOf(input: Pick<LossInput, 'labels'>): tf.Tensor1D {
  return needed('labels', input.labels);
}

/** The samples' positions in the training split. @throws LyceumError SHAPE_MISMATCH when the caller sent none. */
export function indicesOf(input: Pick<LossInput, 'indices'>): tf.Tensor1D {
  return needed('indices', input.indices);
}

/**
 * An image or frozen constant that the loss declares under `extra`.
 * @throws LyceumError SHAPE_MISMATCH naming it when the caller sent none.
 */
export function extraOf(extra: TensorMap, name: string): tf.Tensor {
  return given(
    `extra.${name}`,
    extra[name],
    'the loss needs it; a stage before this one or the data gives it',
  );
}

function needed(field: string, tensor: tf.Tensor1D | undefined): tf.Tensor1D {
  return given(field, tensor, 'the loss needs them: int32 [N]');
}

function given<T>(field: string, tensor: T | undefined, description: string): T {
  if (tensor !== undefined) return tensor;
  throw new LyceumError('SHAPE_MISMATCH', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}
