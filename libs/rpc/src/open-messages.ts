import { isObserving, openSpan, record, secondsSince, type OpenSpan } from '@lyceum/telemetry';
import { LyceumError } from '@lyceum/errors';
import { messageTraces, type MessageTrace } from './message-trace.js';
import { errorFromStatus } from './status.js';

type Side = 'client' | 'server';

interface OpenMessage {
  readonly span: OpenSpan;
  readonly startedMs: number;
}

/** The batches or steps of one stream that are not answered yet: a span and a duration for each. */
export class OpenMessages {
  private readonly open = new Map<string, OpenMessage>();

  constructor(
    private readonly path: string,
    private readonly trace: MessageTrace,
    private readonly side: Side,
  ) {}

  /** Opens a request's span; the request then carries that span on to whoever gets it next. */
  asked(request: unknown): unknown {
    const found = this.trace.asked(request);
    if (found === undefined) return request;
    const span = openSpan(this.path.slice(1), {
      kind: this.side,
      parent: this.side === 'server' ? found.traceParent : undefined,
      attributes: {
        'rpc.system.name': 'grpc',
        'rpc.method': this.path.slice(1),
        'lyceum.sequence': found.key,
      },
    });
    this.open.set(found.key, { span, startedMs: performance.now() });
    return span.traceParent === undefined ? request : found.carrying(span.traceParent);
  }

  /** Closes the request that a response completes. */
  answered(response: unknown): void {
    const found = this.trace.answered(response);
    if (found === undefined) return;
    this.close(found.key, found.error && errorFromStatus(found.error));
  }

  /** Closes all that will not be answered any more. */
  ended(error = new LyceumError('CANCELLED', 'the stream ended')): void {
    for (const key of [...this.open.keys()]) this.close(key, error);
  }

  private close(key: string, error: LyceumError | undefined): void {
    const message = this.open.get(key);
    if (message === undefined) return;
    this.open.delete(key);
    message.span.end(error);
    record(`lyceum.rpc.${this.side}.message.duration`, secondsSince(message.startedMs), {
      'rpc.method': this.path.slice(1),
      ...(error === undefined ? {} : { 'error.type': error.reason }),
    });
  }
}

/** What observes a stream; undefined while telemetry is off, and for streams without steps. */
export function observeMessages(path: string, side: Side): OpenMessages | undefined {
  const trace = isObserving() ? messageTraces[path] : undefined;
  return trace === undefined ? undefined : new OpenMessages(path, trace, side);
}
