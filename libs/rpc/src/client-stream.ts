import type { ClientDuplexStream, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { LyceumError } from '@lyceum/errors';
import { toLyceumError } from './grpc-status.js';
import type { OpenMessages } from './open-messages.js';

/** The answers of a streaming call. Leaving a `for await` loop cancels the call. */
export interface ResponseStream<Response> extends AsyncIterableIterator<Response, undefined> {
  next(): Promise<IteratorResult<Response, undefined>>;
  /** Ends the call at once. */
  cancel(): void;
}

/** A stream in both directions. */
export interface Duplex<Request, Response> extends ResponseStream<Response> {
  /**
   * Sends a message; waits while the other side is behind.
   *
   * @throws LyceumError why the stream has failed, or WRONG_STATE when it has ended.
   */
  write(request: Request): Promise<void>;
  /** Sends no more; the answers that are due still come. */
  end(): void;
}

type AnyCall = ClientReadableStream<unknown> | ClientDuplexStream<unknown, unknown>;

/** Both kinds of streams over one call of grpc-js. */
export class ClientStream<Request, Response> implements Duplex<Request, Response> {
  private failure: LyceumError | undefined;
  private finished = false;
  private cancelled = false;
  private readonly responses: AsyncGenerator<Response, undefined>;
  private drained: Promise<void> | undefined;
  private wake: () => void = () => undefined;

  constructor(
    private readonly call: AnyCall,
    address: string,
    signal?: AbortSignal,
    private readonly messages?: OpenMessages,
  ) {
    const onAbort = () => this.cancel();
    call.on('error', (error: ServiceError) => {
      const failure = toLyceumError(error, address);
      // CANCELLED that nobody here asked for: the other side tore the connection down.
      const torn = failure.reason === 'CANCELLED' && !this.cancelled;
      this.failure = torn
        ? new LyceumError('UNREACHABLE', `${address} dropped the call`, { cause: error })
        : failure;
    });
    call.on('status', () => {
      this.finished = true;
      messages?.ended(this.failure);
      signal?.removeEventListener('abort', onAbort);
      this.wake();
    });
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted === true) this.cancel();
    this.responses = this.read();
  }

  private async *read(): AsyncGenerator<Response, undefined> {
    try {
      for await (const response of this.call.iterator({ destroyOnReturn: false })) {
        this.messages?.answered(response);
        yield response as Response;
      }
    } catch (error) {
      throw this.failure ?? error;
    }
    if (this.failure !== undefined) throw this.failure;
    return undefined;
  }

  next(): Promise<IteratorResult<Response, undefined>> {
    return this.responses.next();
  }

  return(): Promise<IteratorResult<Response, undefined>> {
    if (!this.finished) this.cancel();
    return this.responses.return(undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async write(request: Request): Promise<void> {
    this.requireOpen();
    const call = this.call as ClientDuplexStream<unknown, unknown>;
    if (call.write(this.messages === undefined ? request : this.messages.asked(request))) return;
    await (this.drained ??= this.waitForDrain(call));
    if (this.finished) this.requireOpen();
  }

  private async waitForDrain(call: ClientDuplexStream<unknown, unknown>): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      call.once('drain', resolve);
    });
    this.drained = undefined;
  }

  private requireOpen(): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.finished) throw new LyceumError('WRONG_STATE', 'the stream has ended');
  }

  end(): void {
    if (!this.finished) (this.call as ClientDuplexStream<unknown, unknown>).end();
  }

  cancel(): void {
    this.cancelled = true;
    this.call.cancel();
  }
}
