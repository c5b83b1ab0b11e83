import type { ApplyOpen, ApplyStep } from '@lyceum/contracts/loss';
import type { Tensor } from '@lyceum/contracts/tensor';
import { invalidField, LyceumError } from '@lyceum/errors';
import { fromWire, requireFinite, type HostTensor } from '@lyceum/tensor';
import type { SessionOpening, SessionStep } from './worker/loss-api.js';

export interface SessionLimits {
  readonly batchSizeLimit: number;
}

/** Checks an opening message as far as no loss is needed for it. */
export function openingOf(open: ApplyOpen): SessionOpening {
  if (open.sampleCount < 0)
    throw invalidField('open.sample_count', `must be 0 or more, found ${open.sampleCount}`);
  const shapes = (given: Record<string, { shape: number[] }>) =>
    Object.fromEntries(Object.entries(given).map(([slot, { shape }]) => [slot, shape]));
  const labels = open.labels && int32(fromWire(open.labels, 'open.labels'), 'open.labels');
  if (labels !== undefined) requireLabels(labels.data as Int32Array, open);
  return {
    loss: open.loss,
    params: open.params ?? {},
    studentShapes: shapes(open.studentShapes),
    teacherShapes: shapes(open.teacherShapes),
    sampleCount: open.sampleCount,
    classCount: open.classCount,
    seed: open.seed,
    bare: open.bare,
    ...(open.name === '' ? {} : { name: open.name }),
    ...(labels === undefined ? {} : { labels: labels.data as Int32Array }),
  };
}

/** One label for each sample, each the number of a class. */
function requireLabels(labels: Int32Array, { sampleCount, classCount }: ApplyOpen): void {
  if (labels.length !== sampleCount) {
    throw invalidField(
      'open.labels',
      `must have one label for each of ${sampleCount} samples, found ${labels.length}`,
    );
  }
  const bad = labels.findIndex((label) => label < 0 || (classCount > 0 && label >= classCount));
  if (bad < 0) return;
  const field = `open.labels[${bad}]`;
  const description = `must be from 0 to ${classCount - 1}, found ${labels[bad]}`;
  throw new LyceumError('INDEX_OUT_OF_RANGE', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}

/** Checks a step as far as no loss is needed for it: types, sizes and values. */
export function stepOf(step: ApplyStep, { batchSizeLimit }: SessionLimits): SessionStep {
  if (step.step < 0) throw invalidField('step.step', `must be 0 or more, found ${step.step}`);
  if (step.epoch < 0) throw invalidField('step.epoch', `must be 0 or more, found ${step.epoch}`);
  const { gradientFactor } = step;
  if (gradientFactor !== undefined && !Number.isFinite(gradientFactor))
    throw invalidField('step.gradient_factor', `must be a finite number, found ${gradientFactor}`);
  const student = floats(step.student, 'step.student');
  const size = student[0]?.shape[0] ?? 0;
  if (size === 0) throw invalidField('step.student', 'the batch is empty');
  if (size > batchSizeLimit) {
    const description = `the batch has ${size} samples, this server takes at most ${batchSizeLimit}`;
    throw new LyceumError('BATCH_TOO_LARGE', `step.student: ${description}`, {
      violations: [{ field: 'step.student', description }],
    });
  }
  const labels = step.labels && int32(fromWire(step.labels, 'step.labels'), 'step.labels');
  const indices = step.indices && int32(fromWire(step.indices, 'step.indices'), 'step.indices');
  return {
    step: step.step,
    epoch: step.epoch,
    student,
    keys: floats(step.keys, 'step.keys'),
    weights: floats(step.weights, 'step.weights'),
    ...(labels === undefined ? {} : { labels }),
    ...(indices === undefined ? {} : { indices }),
    extra: tensorsOf(step.extra, 'step.extra', ['f32', 'i32']),
    ...(gradientFactor === undefined ? {} : { gradientFactor }),
  };
}

const typeNames = { f32: 'a floating point type (FP32, FP16 or BF16)', i32: 'INT32', u8: 'UINT8' } as const;

/** Tensors of floating-point numbers, all finite, each of a name of its own. */
function floats(tensors: readonly Tensor[], field: string): HostTensor[] {
  return tensorsOf(tensors, field, ['f32']);
}

/** Tensors of some element types, all finite, each of a name of its own. */
function tensorsOf(
  tensors: readonly Tensor[],
  field: string,
  dtypes: readonly HostTensor['dtype'][],
): HostTensor[] {
  return tensors.map((tensor, i) => {
    const at = `${field}[${i}]`;
    const host = fromWire(tensor, at);
    if (!dtypes.includes(host.dtype)) {
      const allowed = dtypes.map((dtype) => typeNames[dtype]).join(' or ');
      throw invalidField(`${at}.dtype`, `must be ${allowed}, found ${host.dtype}`);
    }
    if (tensors.findIndex(({ name }) => name === tensor.name) !== i) {
      throw invalidField(`${at}.name`, `"${tensor.name}" occurs twice`);
    }
    requireFinite(host, at);
    return host;
  });
}

function int32(host: HostTensor, field: string): HostTensor {
  if (host.dtype !== 'i32' || host.shape.length !== 1) {
    throw invalidField(field, `must be INT32 [N], found ${host.dtype} [${host.shape.join(', ')}]`);
  }
  return host;
}
