import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { LyceumError } from '@lyceum/errors';
import type { EventEmitter } from 'node:events';
import type { CallContext } from './call-context.js';
import { describeInternal } from './status.js';

/** Any of grpc-js's calls. */
export type GrpcCall =
  | ServerUnaryCall<unknown, unknown>
  | ServerWritableStream<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>;

/** What calls need of their server. */
export interface CallHost {
  readonly draining: AbortSignal;
  /** The calls in work. */
  readonly calls: Set<ServerCall>;
  /** Told about every error that is a fault of ours. */
  reportInternal(error: LyceumError, method: string): void;
}

/** One call in work: its context, and its end. */
export class ServerCall {
  readonly context: CallContext;
  /** Of the call's span, when it has one. */
  traceId: string | undefined;
  private readonly controller = new AbortController();
  private ended = false;

  constructor(
    call: GrpcCall,
    private readonly host: CallHost,
    private readonly onFail: (error: LyceumError) => void,
  ) {
    const deadline = deadlineOf(call);
    this.context = {
      signal: this.controller.signal,
      draining: host.draining,
      deadline,
      method: call.getPath(),
      peer: call.getPeer(),
      header: (name) => call.metadata.get(name)[0]?.toString(),
    };
    (call as EventEmitter).on('cancelled', () => {
      const late = deadline !== undefined && deadline.getTime() <= Date.now();
      const [reason, message] = late
        ? (['TIMED_OUT', "the call's deadline passed"] as const)
        : (['CANCELLED', 'the caller cancelled the call'] as const);
      if (this.end()) this.controller.abort(new LyceumError(reason, message));
    });
    host.calls.add(this);
  }

  /** Marks the call as ended; false when it was already. */
  end(): boolean {
    if (this.ended) return false;
    this.ended = true;
    this.host.calls.delete(this);
    return true;
  }

  /** Ends the call with an error, unless it has ended. */
  fail(caught: unknown): void {
    const error = describeInternal(LyceumError.from(caught), this.traceId);
    if (error.reason === 'INTERNAL') this.host.reportInternal(error, this.context.method);
    if (this.end()) this.onFail(error);
  }

  /** Ends the call from outside its handler, which learns of it by its signal. */
  abort(error: LyceumError): void {
    if (!this.end()) return;
    this.controller.abort(error);
    this.onFail(error);
  }
}

function deadlineOf(call: GrpcCall): Date | undefined {
  const deadline = call.getDeadline();
  const at = new Date(deadline);
  return Number.isFinite(at.getTime()) ? at : undefined;
}
