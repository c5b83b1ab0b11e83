import type { ApplyRequest, ApplyResponse, ApplyStep } from '@lyceum/contracts/loss';
import type { ExchangeRequest, ExchangeResponse, ExchangeStep } from '@lyceum/contracts/peer';
import type { Status } from '@lyceum/contracts/rpc-status';
import type { DistillBatch, DistillRequest, DistillResponse } from '@lyceum/contracts/teacher';

/** A request of a stream that will be answered, and how to hand a trace on with it. */
export interface TracedRequest {
  /** Finds the answer again. */
  readonly key: string;
  readonly traceParent: string | undefined;
  /** The request with another `traceparent`. */
  carrying(traceParent: string): unknown;
}

/** An answer that is complete. */
export interface TracedAnswer {
  readonly key: string;
  readonly error: Status | undefined;
}

/** Which messages of a long stream belong together: a stream is no unit of work, a step is. */
export interface MessageTrace {
  asked(request: unknown): TracedRequest | undefined;
  answered(response: unknown): TracedAnswer | undefined;
}

/** Streams that are traced by message, by path. */
export const messageTraces: Readonly<Record<string, MessageTrace | undefined>> = {
  '/lyceum.teacher.v1.TeacherService/Distill': {
    asked: (request) => {
      const { message } = request as DistillRequest;
      if (message?.$case !== 'batch') return undefined;
      const carry = (value: DistillBatch): DistillRequest => ({ message: { $case: 'batch', value } });
      return traced(String(message.value.sequence), message.value, carry);
    },
    answered: (response) => {
      const { message } = response as DistillResponse;
      if (message?.$case !== 'keys') return undefined;
      const { sequence, last, error } = message.value;
      return last || error !== undefined ? { key: String(sequence), error } : undefined;
    },
  },
  '/lyceum.loss.v1.LossService/Apply': {
    asked: (request) => {
      const { sequence, message } = request as ApplyRequest;
      if (message?.$case !== 'step') return undefined;
      const carry = (value: ApplyStep): ApplyRequest => ({ sequence, message: { $case: 'step', value } });
      return traced(String(sequence), message.value, carry);
    },
    answered: (response) => {
      const { sequence, message } = response as ApplyResponse;
      if (message?.$case !== 'result' && message?.$case !== 'error') return undefined;
      return { key: String(sequence), error: message.$case === 'error' ? message.value : undefined };
    },
  },
  '/lyceum.peer.v1.PeerService/Exchange': {
    asked: (request) => {
      const { message } = request as ExchangeRequest;
      if (message?.$case !== 'step') return undefined;
      const carry = (value: ExchangeStep): ExchangeRequest => ({ message: { $case: 'step', value } });
      return traced(`${message.value.step}/${message.value.phase}`, message.value, carry);
    },
    answered: (response) => {
      const { message } = response as ExchangeResponse;
      if (message?.$case !== 'keys') return undefined;
      return { key: `${message.value.step}/${message.value.phase}`, error: message.value.error };
    },
  },
};

function traced<T extends { traceParent?: string | undefined }>(
  key: string,
  value: T,
  carry: (value: T) => unknown,
): TracedRequest {
  return {
    key,
    traceParent: value.traceParent,
    carrying: (traceParent) => carry({ ...value, traceParent }),
  };
}
