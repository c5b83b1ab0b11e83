import type {
  sendUnaryData,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedHandleCall,
} from '@grpc/grpc-js';
import { LyceumError } from '@lyceum/errors';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CallContext } from './call-context.js';
import { toGrpcStatus } from './grpc-status.js';
import { requireReadable } from './malformed.js';
import { observeCall } from './observed-call.js';
import { observeMessages, type OpenMessages } from './open-messages.js';
import { ServerCall, type CallHost, type GrpcCall } from './server-call.js';

type LooseHandler = (input: unknown, context: CallContext) => unknown;

/** A handler as grpc-js calls it. */
export function adapt(
  kind: { readonly requestStream: boolean; readonly responseStream: boolean },
  handler: LooseHandler,
  host: CallHost,
): UntypedHandleCall {
  if (kind.responseStream) {
    return kind.requestStream
      ? (call: ServerDuplexStream<unknown, unknown>) =>
          void serveStream(call, requestsOf(call), handler, host)
      : (call: ServerWritableStream<unknown, unknown>) =>
          void serveStream(call, () => requireReadable(call.request), handler, host);
  }
  return kind.requestStream
    ? (call: ServerReadableStream<unknown, unknown>, callback: sendUnaryData<unknown>) =>
        void serveSingle(call as unknown as GrpcCall, requestsOf(call), handler, host, callback)
    : (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) =>
        void serveSingle(call, () => requireReadable(call.request), handler, host, callback);
}

type InputOf = (signal: AbortSignal, messages?: OpenMessages) => unknown;

async function serveSingle(
  call: GrpcCall,
  input: InputOf,
  handler: LooseHandler,
  host: CallHost,
  callback: sendUnaryData<unknown>,
): Promise<void> {
  const served = new ServerCall(call, host, (error) => callback(toGrpcStatus(error)));
  try {
    refuseWhileDraining(host);
    const { signal, method } = served.context;
    const parent = served.context.header('traceparent');
    const response = await observeCall(method, 'server', parent, async (span) => {
      served.traceId = span.traceId;
      return handler(input(signal), served.context);
    });
    if (served.end()) callback(null, response);
  } catch (error) {
    served.fail(error);
  }
}

async function serveStream(
  call: ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
  input: InputOf,
  handler: LooseHandler,
  host: CallHost,
): Promise<void> {
  const served = new ServerCall(call, host, (error) => call.emit('error', toGrpcStatus(error)));
  const { signal, method } = served.context;
  const messages = observeMessages(method, 'server');
  try {
    refuseWhileDraining(host);
    const responses = handler(input(signal, messages), served.context) as AsyncIterable<unknown>;
    for await (const response of responses) {
      signal.throwIfAborted();
      messages?.answered(response);
      if (!call.write(response)) await drained(call, signal);
    }
    if (served.end()) call.end();
  } catch (error) {
    served.fail(error);
  } finally {
    messages?.ended();
  }
}

function refuseWhileDraining({ draining }: CallHost): void {
  if (draining.aborted)
    throw new LyceumError('NOT_READY', 'the server is shutting down; try again at another or later');
}

/** The requests of a stream, read no faster than they are taken. */
function requestsOf(
  stream: ServerReadableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
): InputOf {
  return async function* (signal, messages) {
    try {
      for await (const received of stream.iterator({ destroyOnReturn: false })) {
        const request = requireReadable(received);
        yield messages === undefined ? request : messages.asked(request);
      }
    } catch (error) {
      // grpc-js destroys the stream of a cancelled call; why it was cancelled is what the handler needs.
      signal.throwIfAborted();
      throw error;
    }
    // A cancelled stream first ends like one that was closed; the news of it comes in the same turn.
    await nextTurn();
    signal.throwIfAborted();
  };
}

/** grpc-js forgets the writes of a cancelled call, so that waiting for `drain` alone would wait for ever. */
function drained(call: NodeJS.WritableStream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      call.off('drain', settle);
      signal.removeEventListener('abort', settle);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    call.on('drain', settle);
    signal.addEventListener('abort', settle);
    if (signal.aborted) settle();
  });
}
