import { invalidField, invalidFields, LyceumError, type Violation } from '@lyceum/errors';
import { createRandom } from '@lyceum/random';

/** Names the order of one epoch. */
export interface OrderName {
  readonly seed: number;
  readonly epoch: number;
  /** Number of samples. */
  readonly count: number;
}

/** The order of an epoch's samples: a permutation of 0 ... count - 1 that follows from seed and epoch alone. */
export function batchOrder({ seed, epoch, count }: OrderName): Int32Array {
  const problems: Violation[] = [];
  for (const [field, value] of Object.entries({ epoch, count })) {
    if (!isCount(value))
      problems.push({ field, description: `must be a whole number of at least 0, found ${value}` });
  }
  if (problems.length > 0) throw invalidFields(problems);
  return createRandom(seed, 'order', epoch).permutation(count);
}

/** Number of batches that `count` samples give; a last batch that is not full counts unless it is dropped. */
export function batchesPerEpoch(count: number, batchSize: number, dropLast = false): number {
  checkBatchSize(batchSize);
  return dropLast ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
}

/**
 * Sample indices of batch number `batch` of an order; the last batch may be shorter.
 * @throws LyceumError INDEX_OUT_OF_RANGE when there is no such batch.
 */
export function batchIndices(order: Int32Array, batchSize: number, batch: number): Int32Array {
  const last = batchesPerEpoch(order.length, batchSize) - 1;
  if (!isCount(batch) || batch > last) {
    const description = `there is no batch ${batch}; ${order.length} samples make batches 0 to ${last}`;
    throw new LyceumError('INDEX_OUT_OF_RANGE', `batch: ${description}`, {
      violations: [{ field: 'batch', description }],
    });
  }
  return order.slice(batch * batchSize, (batch + 1) * batchSize);
}

function checkBatchSize(batchSize: number): void {
  if (isCount(batchSize) && batchSize > 0) return;
  throw invalidField('batchSize', `must be a whole number of at least 1, found ${batchSize}`);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
