import { LyceumError } from '@lyceum/errors';
import { isObserving, openSpan, record, secondsSince, type OpenSpan } from '@lyceum/telemetry';

/** Runs a call with one answer in a span of its own, and records how long it took. */
export async function observeCall<T>(
  path: string,
  side: 'client' | 'server',
  parent: string | undefined,
  action: (span: OpenSpan) => Promise<T>,
): Promise<T> {
  const method = path.slice(1);
  // Health is asked for many times a minute, and is nobody's work.
  const observed = isObserving() && !method.startsWith('grpc.health.');
  const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': method };
  const span = observed ? openSpan(method, { kind: side, parent, attributes }) : unobserved;
  const startedMs = performance.now();
  const end = (error?: LyceumError) => {
    if (!observed) return;
    span.end(error);
    record(`rpc.${side}.call.duration`, secondsSince(startedMs), {
      'rpc.method': method,
      'rpc.response.status_code': error?.codeName ?? 'OK',
    });
  };
  try {
    const result = await span.run(() => action(span));
    end();
    return result;
  } catch (error) {
    end(LyceumError.from(error));
    throw error;
  }
}

const unobserved: OpenSpan = {
  traceParent: undefined,
  traceId: undefined,
  run: (action) => action(),
  end: () => undefined,
};
