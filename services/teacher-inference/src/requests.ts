import { DataType } from '@lyceum/contracts/tensor';
import type { DataRef, DistillBatch, DistillOpen } from '@lyceum/contracts/teacher';
import { invalidField, invalidFields, LyceumError, type Violation } from '@lyceum/errors';
import { fromWire, requireFinite } from '@lyceum/tensor';
import { resolve, sep } from 'node:path';
import type { BatchContent, DataName, LoadedTeacher, Plan } from './worker/inference-api.js';

/** Checks an opening message and turns it into a plan; all violations at once. */
export function planOf(open: DistillOpen, dataRoots: readonly string[]): Plan {
  const violations: Violation[] = [];
  const refuse = (field: string, description: string) => violations.push({ field, description });
  const split = open.split || 'train';
  if (split !== 'train' && split !== 'test')
    refuse('open.split', `must be "train" or "test", found "${split}"`);
  if (open.window < 0) refuse('open.window', `must be 0 or more, found ${open.window}`);
  if (![DataType.UNSPECIFIED, DataType.FP32, DataType.FP16].includes(open.dtype)) {
    refuse('open.dtype', 'must be DATA_TYPE_FP32 or DATA_TYPE_FP16');
  }
  if (open.keys.length === 0 && open.taps.length === 0)
    refuse('open.keys', 'ask for at least one key or tap');
  const ids = open.keys.map((key) => key.id);
  ids.forEach((id, i) => {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(id))
      refuse(`open.keys[${i}].id`, `must be lower case letters, digits and dashes, found "${id}"`);
    else if (ids.indexOf(id) !== i) refuse(`open.keys[${i}].id`, `"${id}" occurs twice`);
  });
  const augmentation = open.augmentation;
  if (augmentation && (augmentation.padCropPixels < 0 || augmentation.padCropPixels > 32)) {
    refuse('open.augmentation.pad_crop_pixels', `must be 0 to 32, found ${augmentation.padCropPixels}`);
  }
  if (augmentation && augmentation.cutoutPixels < 0)
    refuse('open.augmentation.cutout_pixels', 'must be 0 or more');
  if (violations.length > 0) throw invalidFields(violations);
  return {
    teacher: open.teacher,
    keys: open.keys.map((key) => ({
      id: key.id,
      loss: key.loss,
      params: key.params ?? {},
      teacherTaps: key.teacherTaps,
      studentShapes: Object.fromEntries(
        Object.entries(key.studentShapes).map(([slot, { shape }]) => [slot, shape]),
      ),
    })),
    taps: open.taps,
    split: split as 'train' | 'test',
    ...(open.data === undefined ? {} : { data: dataName(open.data, dataRoots) }),
    ...(augmentation === undefined ? {} : { augmentation }),
  };
}

/** A path is only read below the folders that the operator allowed. */
function dataName(data: DataRef, roots: readonly string[]): DataName {
  const { name, path, trainLimit, testLimit, imagePixels } = data;
  if (path !== '') {
    const full = resolve(path);
    if (!roots.some((root) => full === resolve(root) || full.startsWith(resolve(root) + sep))) {
      throw new LyceumError(
        'FORBIDDEN',
        `open.data.path: "${path}" is outside the folders this server may read; start it with --data-roots`,
        {
          violations: [{ field: 'open.data.path', description: 'outside the allowed folders' }],
        },
      );
    }
  }
  return {
    name,
    ...(path === '' ? {} : { path }),
    ...(trainLimit === 0 ? {} : { trainLimit }),
    ...(testLimit === 0 ? {} : { testLimit }),
    ...(imagePixels === 0 ? {} : { imagePixels }),
  };
}

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
  if (images.shape.length !== 4 || shape.join() !== teacher.inputShape.join() || images.dtype === 'i32') {
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
