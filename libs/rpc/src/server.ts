import {
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { descriptorSetPath as ownDescriptors } from '@lyceum/contracts';
import { LyceumError } from '@lyceum/errors';
import { logger as createLogger, type Logger } from '@lyceum/telemetry';
import { channelOptions } from './channel-options.js';
import { adapt } from './handler-adapters.js';
import { addHealth, type Health } from './health.js';
import {
  formatTcp,
  parseListenAddress,
  portInUse,
  removeStaleSocket,
  requireLoopback,
} from './listen-address.js';
import { addReflection } from './reflection.js';
import type { CallHost, ServerCall } from './server-call.js';
import type { ServedService } from './service.js';

export interface ServerOptions {
  /** `unix:/path`, `127.0.0.1:port` or `[::1]:port`; port 0 lets the system choose. */
  readonly address: string;
  readonly services: readonly ServedService[];
  /** Health at the start. @default false: `setServing(true)` once the process can answer. */
  readonly serving?: boolean;
  /** Descriptors that reflection shows. @default those of all contracts. */
  readonly descriptorSetPath?: string;
  /** Largest message. @default 256 MiB */
  readonly maxMessageBytes?: number;
  /** Listen without security on an address that other machines can reach. @default false */
  readonly allowInsecureNetwork?: boolean;
  /** Where faults of ours are told. */
  readonly logger?: Logger;
}

/**
 * Starts a gRPC server with health and reflection.
 *
 * @throws LyceumError PORT_IN_USE naming the address; INVALID_FIELD for an address that is wrong or insecure.
 * @example
 * const server = await startServer({ address: 'unix:/tmp/teacher.sock', services: [teacherService(pool)] });
 * server.setServing(true);
 */
export async function startServer(options: ServerOptions): Promise<RpcServer> {
  const address = parseListenAddress(options.address);
  if (options.allowInsecureNetwork !== true) requireLoopback(address);
  if (address.kind === 'unix') await removeStaleSocket(address.path);
  const { calls, draining, host } = createHost(options.logger ?? createLogger('rpc'));
  const server = new Server(channelOptions(options.maxMessageBytes));
  for (const service of options.services) server.addService(service.definition, implement(service, host));
  const names = options.services.map(({ name }) => name);
  await addReflection(server, options.descriptorSetPath ?? ownDescriptors, names);
  const health = await addHealth(server, names);
  const target = address.kind === 'unix' ? `unix:${address.path}` : formatTcp(address.host, address.port);
  const port = await bind(server, target);
  health.setServing(options.serving ?? false);
  const bound = address.kind === 'unix' ? target : formatTcp(address.host, port);
  return new RpcServer(bound, server, health, calls, draining);
}

function createHost(logger: Logger): { calls: Set<ServerCall>; draining: AbortController; host: CallHost } {
  const calls = new Set<ServerCall>();
  const draining = new AbortController();
  const host: CallHost = {
    draining: draining.signal,
    calls,
    reportInternal: (error, method) =>
      logger.error({ error: rootOf(error), method, ...error.metadata }, error.message),
  };
  return { calls, draining, host };
}

/** The error as it was thrown, with its stack. */
function rootOf(error: unknown): unknown {
  return error instanceof LyceumError && error.cause !== undefined ? rootOf(error.cause) : error;
}

function implement({ definition, handlers }: ServedService, host: CallHost): UntypedServiceImplementation {
  const entries = Object.entries(definition).map(([name, method]) => {
    const handler = handlers[name] as Parameters<typeof adapt>[1];
    return [name, adapt(method, (input, context) => handler(input, context), host)] as const;
  });
  return Object.fromEntries(entries);
}

function bind(server: Server, target: string): Promise<number> {
  // What goes wrong is in the error; grpc-js would print it too.
  const quiet = process.env.GRPC_VERBOSITY === undefined && process.env.GRPC_TRACE === undefined;
  if (quiet) setLogVerbosity(logVerbosity.NONE);
  return new Promise<number>((resolve, reject) => {
    server.bindAsync(target, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) return resolve(port);
      if (error.message.includes('EADDRINUSE'))
        return reject(portInUse(target, 'another process listens on it', error));
      reject(
        new LyceumError('INVALID_FIELD', `cannot listen on ${target}: ${error.message}`, {
          violations: [{ field: 'address', description: error.message }],
          cause: error,
        }),
      );
    });
  }).finally(() => {
    if (quiet) setLogVerbosity(logVerbosity.ERROR);
  });
}

/** A server that is listening. */
export class RpcServer {
  constructor(
    /** Where clients reach it; a port 0 is replaced by the one chosen. */
    readonly address: string,
    private readonly server: Server,
    private readonly health: Health,
    private readonly calls: ReadonlySet<ServerCall>,
    private readonly drainStart: AbortController,
  ) {}

  /** Aborted when the server starts to drain. */
  get draining(): AbortSignal {
    return this.drainStart.signal;
  }

  /** Sets the health overall and of every service, or of one. */
  setServing(serving: boolean, service?: string): void {
    if (!this.draining.aborted) this.health.setServing(serving, service);
  }

  /**
   * Stops: health says so, new calls are refused with NOT_READY, those in work may finish. What is left after
   * `deadlineMs` ends with NOT_READY, then all connections are closed. A second call waits for nothing.
   */
  async drain(deadlineMs: number): Promise<void> {
    this.setServing(false);
    this.drainStart.abort();
    const until = Date.now() + deadlineMs;
    while (this.calls.size > 0 && Date.now() < until) await pause(Math.min(20, deadlineMs));
    const stopped = new LyceumError('NOT_READY', 'the server is shutting down', { retryAfterMs: 1000 });
    const forced = this.calls.size > 0;
    for (const call of [...this.calls]) call.abort(stopped);
    await this.shutDown(forced ? 200 : 500);
  }

  /** Lets the last statuses reach their callers, then closes what is still open: watches and idle connections. */
  private async shutDown(graceMs: number): Promise<void> {
    const done = new Promise<void>((resolve) => this.server.tryShutdown(() => resolve()));
    await Promise.race([done, pause(graceMs)]);
    this.server.forceShutdown();
    await done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain(0);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
