import type { ApplyOpen, ApplyRequest, ApplyResponse, ApplyStep } from '@lyceum/contracts/loss';
import { invalidField, LyceumError } from '@lyceum/errors';
import { statusFrom, type CallContext } from '@lyceum/rpc';
import { fromWire, joinRows, requireFinite, splitRows, toWire, type HostTensor } from '@lyceum/tensor';
import type { Tensor } from '@lyceum/contracts/tensor';
import type { LossHost } from './loss-host.js';
import type { SessionOpened, SessionStep } from './worker/loss-api.js';

export interface SessionLimits {
  readonly batchSizeLimit: number;
}

const messageBytes = 1 << 20;

/** One session: open, then steps, snapshots and restores, answered in order. A wrong request fails alone. */
export async function* apply(
  host: LossHost,
  limits: SessionLimits,
  requests: AsyncIterable<ApplyRequest>,
  context: CallContext,
): AsyncGenerator<ApplyResponse> {
  let session: SessionOpened | undefined;
  const restoring: Tensor[] = [];
  try {
    for await (const { sequence, message } of requests) {
      if (context.signal.aborted) return;
      if (session === undefined) {
        if (message?.$case !== 'open') throw invalidField('message', 'the first message must be `open`');
        session = await host.api.open(openingOf(message.value));
        const weights = session.weights.map((tensor) => toWire(tensor));
        yield {
          sequence,
          message: { $case: 'opened', value: { weights, trainable: [...session.trainable] } },
        };
        continue;
      }
      try {
        yield* answer(host, limits, session, restoring, { sequence, message });
      } catch (error) {
        yield { sequence, message: { $case: 'error', value: statusFrom(LyceumError.from(error)) } };
      }
    }
  } finally {
    if (session !== undefined) await host.api.close(session.id);
  }
}

async function* answer(
  host: LossHost,
  limits: SessionLimits,
  session: SessionOpened,
  restoring: Tensor[],
  { sequence, message }: ApplyRequest,
): AsyncGenerator<ApplyResponse> {
  switch (message?.$case) {
    case 'step': {
      const result = await host.api.step(session.id, stepOf(message.value, limits));
      const gradients = result.gradients.map((tensor) => toWire(tensor));
      const { value, terms } = result;
      yield { sequence, message: { $case: 'result', value: { value, terms, gradients } } };
      return;
    }
    case 'snapshot': {
      const state = (await host.api.snapshot(session.id)).map((tensor) => toWire(tensor));
      const parts = splitRows(state, messageBytes);
      for (const [i, part] of parts.entries()) {
        yield { sequence, message: { $case: 'state', value: { state: part, last: i === parts.length - 1 } } };
      }
      return;
    }
    case 'restore': {
      restoring.push(...message.value.state);
      if (!message.value.last) return;
      await host.api.restore(session.id, joinRows(restoring.splice(0), 'restore.state'));
      yield { sequence, message: { $case: 'state', value: { state: [], last: true } } };
      return;
    }
    default:
      throw invalidField('message', 'after `open` only `step`, `snapshot` and `restore` may follow');
  }
}

function openingOf(open: ApplyOpen) {
  if (open.sampleCount < 0)
    throw invalidField('open.sample_count', `must be 0 or more, found ${open.sampleCount}`);
  const shapes = (given: Record<string, { shape: number[] }>) =>
    Object.fromEntries(Object.entries(given).map(([slot, { shape }]) => [slot, shape]));
  const labels = open.labels && int32(fromWire(open.labels, 'open.labels'), 'open.labels');
  return {
    loss: open.loss,
    params: open.params ?? {},
    studentShapes: shapes(open.studentShapes),
    teacherShapes: shapes(open.teacherShapes),
    sampleCount: open.sampleCount,
    classCount: open.classCount,
    seed: open.seed,
    ...(open.name === '' ? {} : { name: open.name }),
    ...(labels === undefined ? {} : { labels: labels.data as Int32Array }),
  };
}

function stepOf(step: ApplyStep, { batchSizeLimit }: SessionLimits): SessionStep {
  const floats = (tensors: readonly Tensor[], field: string) =>
    tensors.map((tensor, i) => {
      const host = fromWire(tensor, `step.${field}[${i}]`);
      if (host.dtype === 'f32') requireFinite(host, `step.${field}[${i}]`);
      return host;
    });
  const student = floats(step.student, 'student');
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
    keys: floats(step.keys, 'keys'),
    weights: floats(step.weights, 'weights'),
    ...(labels === undefined ? {} : { labels }),
    ...(indices === undefined ? {} : { indices }),
  };
}

function int32(host: HostTensor, field: string): HostTensor {
  if (host.dtype !== 'i32' || host.shape.length !== 1) {
    throw invalidField(field, `must be INT32 [N], found ${host.dtype} [${host.shape.join(', ')}]`);
  }
  return host;
}
