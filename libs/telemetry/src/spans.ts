// Spans by the API alone, opened by hand where messages come and go: patching gRPC would see a stream of a whole
// training as one call, and needs a loader hook in front of every entry point.
import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { LyceumError } from '@lyceum/errors';
import { telemetryState } from './telemetry-state.js';

/** Whether spans or metrics go anywhere; for work that is only done to be told about. */
export function isObserving(): boolean {
  return telemetryState.traces || telemetryState.metrics;
}

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /** Which side of a call this is. @default internal */
  readonly kind?: 'internal' | 'client' | 'server';
  readonly attributes?: Attributes;
  /** W3C `traceparent` of the caller's span. @default the active span */
  readonly parent?: string | undefined;
  /** Starts a trace of its own. */
  readonly root?: boolean;
}

/** A span that is open; does nothing while telemetry is off. */
export interface OpenSpan {
  /** W3C `traceparent` to hand on; undefined while telemetry is off. */
  readonly traceParent: string | undefined;
  readonly traceId: string | undefined;
  /** Runs a function, and all that it starts, inside the span. */
  run<T>(action: () => T): T;
  /** Ends the span, as failed when there is an error. Later calls do nothing. */
  end(error?: unknown): void;
}

const noSpan: OpenSpan = {
  traceParent: undefined,
  traceId: undefined,
  run: (action) => action(),
  end: () => undefined,
};

/** Opens a span. Whoever opens it ends it. */
export function openSpan(name: string, options: SpanOptions = {}): OpenSpan {
  if (!telemetryState.traces) return noSpan;
  const { kind = 'internal', attributes = {}, root = false } = options;
  const span = trace
    .getTracer('lyceum')
    .startSpan(name, { kind: kinds[kind], attributes, root }, parentContext(options));
  return new ActiveSpan(span);
}

const kinds = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, server: SpanKind.SERVER } as const;

/**
 * Runs an action in a span of its own, which ends with the action or with the promise that it returns.
 *
 * @example const keys = await withSpan('teacher.forward', { batchSize: 64 }, () => compute.api.run(plan, batch));
 */
export function withSpan<T>(name: string, attributes: Attributes, action: () => T): T {
  if (!telemetryState.traces) return action();
  const span = openSpan(name, { attributes });
  try {
    const result = span.run(action);
    if (!(result instanceof Promise)) {
      span.end();
      return result;
    }
    const ended = result.then(
      (value: unknown) => {
        span.end();
        return value;
      },
      (error: unknown) => {
        span.end(error);
        throw error;
      },
    );
    return ended as T;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/** Runs an action as part of the caller's trace, without a span of its own. */
export function continueTrace<T>(traceParent: string | undefined, action: () => T): T {
  if (!telemetryState.traces || traceParent === undefined) return action();
  return context.with(parentContext({ parent: traceParent }), action);
}

/** W3C `traceparent` of the active span; undefined while there is none. */
export function currentTraceParent(): string | undefined {
  const active = telemetryState.traces ? trace.getActiveSpan()?.spanContext() : undefined;
  return active === undefined ? undefined : format(active);
}

class ActiveSpan implements OpenSpan {
  readonly traceParent: string;
  readonly traceId: string;
  private readonly inside: Context;
  private ended = false;

  constructor(private readonly span: Span) {
    this.traceParent = format(span.spanContext());
    this.traceId = span.spanContext().traceId;
    this.inside = trace.setSpan(context.active(), span);
  }

  run<T>(action: () => T): T {
    return context.with(this.inside, action);
  }

  end(error?: unknown): void {
    if (this.ended) return;
    this.ended = true;
    if (error !== undefined) {
      const { reason, message } = LyceumError.from(error);
      this.span.setAttribute('error.type', reason);
      this.span.setStatus({ code: SpanStatusCode.ERROR, message });
    }
    this.span.end();
  }
}

function parentContext({ parent, root }: SpanOptions): Context {
  if (root === true) return ROOT_CONTEXT;
  const remote = parent === undefined ? undefined : parse(parent);
  return remote === undefined ? context.active() : trace.setSpanContext(context.active(), remote);
}

function format({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** What is not a `traceparent` is passed over: telemetry never refuses a request. */
function parse(traceParent: string): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceParent) ?? [];
  const parsed = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(parsed) ? parsed : undefined;
}
