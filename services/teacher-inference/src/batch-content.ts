import type { DistillBatch } from '@lyceum/contracts/teacher';
import { invalidField, LyceumError } from '@lyceum/errors';
import { fromWire, requireFinite } from '@lyceum/tensor';
import type { BatchContent, LoadedTeacher } from './worker/inference-api.js';

/** Checks a batch against what was opened. */
export function contentOf(
  batch: DistillBatch,
  teacher: LoadedTeacher,
  sampleCount: number,
  limit: number,
): BatchContent {
  const { content } = batch;
  if (content === undefined) throw invalidField('batch.content', 'needs `samples` or `pixels`');
  if (content.$case === 'samples') {
    const { indices, view } = content.value;
    requireBatchSize(indices.length, limit, 'batch.samples.indices');
    if (sampleCount === 0)
      throw invalidField('batch.samples', 'the stream was opened without `data`; send pixels');
    if (view < 0) throw invalidField('batch.samples.view', `must be 0 or more, found ${view}`);
    const bad = indices.findIndex((index) => index < 0 || index >= sampleCount);
    if (bad >= 0) {
      const description = `must be 0 to ${sampleCount - 1}, found ${indices[bad]}`;
      const field = `batch.samples.indices[${bad}]`;
      throw new LyceumError('INDEX_OUT_OF_RANGE', `${field}: ${description}`, {
        violations: [{ field, description }],
      });
    }
    return { kind: 'samples', indices: Int32Array.from(indices), view };
  }
  const field = 'batch.pixels.images';
  if (content.value.images === undefined) throw invalidField(field, 'is required');
  const images = fromWire(content.value.images, field);
  const [n, ...shape] = images.shape;
  if (images.dtype === 'i32') throw invalidField(`${field}.dtype`, 'must be UINT8 or FP32, found INT32');
  if (images.shape.length !== 4 || shape.join() !== teacher.inputShape.join()) {
    const wanted = `UINT8 or FP32 [N, ${teacher.inputShape.join(', ')}]`;
    throw invalidField(
      `${field}.shape`,
      `must be ${wanted}, found ${images.dtype} [${images.shape.join(', ')}]`,
    );
  }
  requireBatchSize(n, limit, field);
  if (images.dtype === 'f32') requireFinite(images, field);
  return { kind: 'pixels', images };
}

function requireBatchSize(size: number, limit: number, field: string): void {
  if (size === 0) throw invalidField(field, 'the batch is empty');
  if (size <= limit) return;
  const description = `the batch has ${size} samples, this server takes at most ${limit}; send smaller batches`;
  throw new LyceumError('BATCH_TOO_LARGE', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}
