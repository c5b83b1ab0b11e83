import type { ExchangeRequest, ExchangeResponse } from '@lyceum/contracts/peer';
import { PeerServiceService } from '@lyceum/contracts/peer-service';
import { invalidField, LyceumError } from '@lyceum/errors';
import { defineService, statusFrom, type CallContext, type ServedService } from '@lyceum/rpc';
import { toWire } from '@lyceum/tensor';
import type { PeerHub } from './peer-hub.js';

/** Serves this trainer's keys to the students it learns with. */
export function peerService(hub: PeerHub): ServedService {
  return defineService(PeerServiceService, {
    async *exchange(
      requests: AsyncIterable<ExchangeRequest>,
      context: CallContext,
    ): AsyncGenerator<ExchangeResponse> {
      let opened = false;
      for await (const { message } of requests) {
        if (message?.$case === 'open') {
          const { stage, agreement } = message.value;
          const own = hub.require(stage?.run ?? '', stage?.stage ?? '');
          if (agreement !== own.agreement) throw otherAgreement(agreement, own.agreement);
          opened = true;
          const value = { peer: own.self, oldestStep: hub.oldestStep, nextStep: hub.nextStep };
          yield { message: { $case: 'opened', value } };
        } else if (message?.$case === 'step' && opened) {
          yield await answer(hub, message.value.step, message.value.phase, context.signal);
        } else {
          throw invalidField('message', opened ? 'must be `step`' : 'the first message must be `open`');
        }
      }
    },
  });
}

function otherAgreement(found: string, own: string): LyceumError {
  const field = 'open.agreement';
  const description = `peers must train on the same data in the same order; found "${found}", here "${own}"`;
  return new LyceumError('WRONG_STATE', `${field}: ${description}`, { violations: [{ field, description }] });
}

async function answer(
  hub: PeerHub,
  step: number,
  phase: number,
  signal: AbortSignal,
): Promise<ExchangeResponse> {
  const base = { step, phase, tensors: [], error: undefined };
  try {
    if (phase !== 0)
      throw invalidField('phase', `must be 0, found ${phase}: this trainer exchanges before its update`);
    const tensors = (await hub.keysOf(step, signal)).map((tensor) => toWire(tensor));
    return { message: { $case: 'keys', value: { ...base, tensors } } };
  } catch (caught) {
    const error = LyceumError.from(caught);
    if (error.reason === 'CANCELLED') throw error;
    return { message: { $case: 'keys', value: { ...base, error: statusFrom(error) } } };
  }
}
