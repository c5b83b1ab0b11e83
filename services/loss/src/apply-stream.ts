import type { ApplyRequest, ApplyResponse } from '@lyceum/contracts/loss';
import { invalidField, LyceumError, renameFields } from '@lyceum/errors';
import { statusFrom, type CallContext } from '@lyceum/rpc';
import { continueTrace, record, secondsSince, withSpan } from '@lyceum/telemetry';
import { joinRows, splitRows, toWire } from '@lyceum/tensor';
import type { Tensor } from '@lyceum/contracts/tensor';
import type { LossHost } from './loss-host.js';
import { openField, stepField } from './request-fields.js';
import { openingOf, stepOf, type SessionLimits } from './requests.js';
import type { SessionOpened } from './worker/loss-api.js';

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
        session = await host.api.open(openingOf(message.value)).catch((error: unknown) => {
          throw renameFields(error, openField);
        });
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
      const inputs = stepOf(message.value, limits);
      const started = performance.now();
      const step = () => withSpan('loss.step', {}, () => host.api.step(session.id, inputs));
      const result = await continueTrace(message.value.traceParent, step).catch((error: unknown) => {
        throw renameFields(error, (field) => stepField(field));
      });
      record('lyceum.loss.step.duration', secondsSince(started));
      const gradients = result.gradients.map((tensor) => toWire(tensor));
      const { value, terms } = result;
      const { gradientFactor } = inputs;
      yield { sequence, message: { $case: 'result', value: { value, terms, gradients, gradientFactor } } };
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
      const state = joinRows(restoring.splice(0), 'restore.state');
      await host.api.restore(session.id, state).catch((error: unknown) => {
        throw renameFields(error, (field) => `restore.${field}`);
      });
      yield { sequence, message: { $case: 'state', value: { state: [], last: true } } };
      return;
    }
    default:
      throw invalidField('message', 'after `open` only `step`, `snapshot` and `restore` may follow');
  }
}
