import { Client, credentials, Metadata, type ChannelOptions } from '@grpc/grpc-js';
import { invalidField, LyceumError } from '@lyceum/errors';
import { withBulkEncoders } from './bulk-methods.js';
import { channelOptions } from './channel-options.js';
import { ClientStream, type Duplex, type ResponseStream } from './client-stream.js';
import { toLyceumError } from './grpc-status.js';
import type { MethodName, MethodShape, RequestOf, ResponseOf, ServiceShape } from './method.js';
import { observeCall } from './observed-call.js';
import { observeMessages } from './open-messages.js';
import { withRetries } from './retry.js';

const dayMs = 24 * 60 * 60 * 1000;

export interface ConnectOptions {
  /** Deadline of a unary call, attempts included. @default 30 s */
  readonly deadlineMs?: number;
  /** Deadline of a stream. @default 7 days */
  readonly streamDeadlineMs?: number;
  /** How often a unary call is tried while the server is away. @default 5 */
  readonly maxAttempts?: number;
  /** Largest message. @default 256 MiB */
  readonly maxMessageBytes?: number;
}

export interface CallOptions {
  /** Overrides the connection's deadline. */
  readonly deadlineMs?: number;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
}

/**
 * A client of one service. Connects at the first call, and again by itself when the connection is lost.
 *
 * @throws LyceumError INVALID_FIELD for an empty address.
 * @example
 * const teachers = connect('unix:/tmp/teacher.sock', TeacherServiceService);
 * const { teacher } = await teachers.call('getTeacher', { name: 'wrn' });
 */
export function connect<S extends ServiceShape>(
  address: string,
  service: S,
  options: ConnectOptions = {},
): Connection<S> {
  if (address === '') throw invalidField('address', 'must be unix:/path or host:port, found ""');
  return new Connection(address, service, options);
}

/** A client of one service; every error is a LyceumError, every call has a deadline. */
export class Connection<S extends ServiceShape> {
  private readonly client: Client;

  constructor(
    readonly address: string,
    private readonly service: S,
    private readonly options: ConnectOptions,
  ) {
    this.client = new Client(address, credentials.createInsecure(), clientOptions(options.maxMessageBytes));
  }

  /** A unary call; tried again only when the server is away (UNAVAILABLE) or says when to come back. */
  call<K extends MethodName<S, false, false>>(
    method: K,
    request: RequestOf<S[K]>,
    { deadlineMs = this.options.deadlineMs ?? 30_000, signal }: CallOptions = {},
  ): Promise<ResponseOf<S[K]>> {
    const deadlineAt = Date.now() + deadlineMs;
    const { maxAttempts = 5 } = this.options;
    const { path } = this.service[method];
    return observeCall(path, 'client', undefined, ({ traceParent }) => {
      const metadata = new Metadata();
      if (traceParent !== undefined) metadata.set('traceparent', traceParent);
      const attempt = () => this.callOnce(this.service[method], request, metadata, deadlineAt, signal);
      return withRetries(attempt, { maxAttempts, deadlineAt, signal });
    }) as Promise<ResponseOf<S[K]>>;
  }

  private callOnce(
    method: MethodShape,
    request: unknown,
    metadata: Metadata,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(cancelled());
      const { path, requestSerialize, responseDeserialize } = method;
      const onAbort = () => call.cancel();
      const call = this.client.makeUnaryRequest(
        path,
        requestSerialize as (value: unknown) => Buffer,
        responseDeserialize,
        request,
        metadata,
        { deadline },
        (error, response) => {
          signal?.removeEventListener('abort', onAbort);
          if (error === null) return resolve(response);
          const failure = toLyceumError(error, this.address);
          reject(signal?.aborted === true && failure.reason === 'CANCELLED' ? cancelled() : failure);
        },
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Opens a stream in both directions. */
  stream<K extends MethodName<S, true, true>>(
    method: K,
    { deadlineMs, signal }: CallOptions = {},
  ): Duplex<RequestOf<S[K]>, ResponseOf<S[K]>> {
    const { path, requestSerialize, responseDeserialize } = withBulkEncoders(this.service[method]);
    const serialize = requestSerialize as (value: unknown) => Buffer;
    const options = { deadline: this.streamDeadline(deadlineMs) };
    const call = this.client.makeBidiStreamRequest(
      path,
      serialize,
      responseDeserialize,
      new Metadata(),
      options,
    );
    return new ClientStream(call, this.address, signal, observeMessages(path, 'client'));
  }

  /** Asks once and reads a stream of answers. */
  watch<K extends MethodName<S, false, true>>(
    method: K,
    request: RequestOf<S[K]>,
    { deadlineMs, signal }: CallOptions = {},
  ): ResponseStream<ResponseOf<S[K]>> {
    const { path, requestSerialize, responseDeserialize } = this.service[method];
    const serialize = requestSerialize as (value: unknown) => Buffer;
    const options = { deadline: this.streamDeadline(deadlineMs) };
    const call = this.client.makeServerStreamRequest(
      path,
      serialize,
      responseDeserialize,
      request,
      new Metadata(),
      options,
    );
    return new ClientStream<never, ResponseOf<S[K]>>(call, this.address, signal);
  }

  private streamDeadline(deadlineMs = this.options.streamDeadlineMs ?? 7 * dayMs): number {
    return Date.now() + deadlineMs;
  }

  /** Closes the connection; calls in work fail. */
  close(): void {
    this.client.close();
  }
}

function cancelled(): LyceumError {
  return new LyceumError('CANCELLED', 'the call was cancelled by its caller');
}

function clientOptions(maxMessageBytes: number | undefined): ChannelOptions {
  return {
    ...channelOptions(maxMessageBytes),
    // Own retries hold to what the server says of them; grpc-js's would keep a copy of every message for it.
    'grpc.enable_retries': 0,
    // A process that comes back is found within a second or two, not after two minutes.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2000,
    // Processes of one machine talk directly, whatever proxy the shell has set.
    'grpc.enable_http_proxy': 0,
  };
}
