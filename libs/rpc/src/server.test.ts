import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { HealthCheckResponse_ServingStatus as ServingStatus, HealthService } from '@lyceum/contracts/health';
import { RunEvent } from '@lyceum/contracts/orchestrator';
import { OrchestratorServiceService } from '@lyceum/contracts/orchestrator-service';
import type { DistillRequest } from '@lyceum/contracts/teacher';
import { Teacher } from '@lyceum/contracts/teacher';
import { TeacherServiceService } from '@lyceum/contracts/teacher-service';
import { invalidFields, LyceumError, unknownName } from '@lyceum/errors';
import { logger } from '@lyceum/telemetry';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { CallContext } from './call-context.js';
import { connect } from './connect.js';
import type { Handlers } from './method.js';
import { startServer, type RpcServer } from './server.js';
import { defineService } from './service.js';
import { waitForReady } from './wait-for-ready.js';

const folder = mkdtempSync(join(tmpdir(), 'lyceum-rpc-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let socketCount = 0;
const newSocket = () => `unix:${join(folder, `${(socketCount += 1)}.sock`)}`;

type TeacherHandlers = Handlers<typeof TeacherServiceService>;

const nothing: TeacherHandlers = {
  listTeachers: async () => ({ teachers: [], nextPageToken: '' }),
  getTeacher: async ({ name }) => ({ teacher: Teacher.fromPartial({ name }) }),
  async *distill(requests) {
    for await (const { message } of requests) {
      if (message?.$case !== 'batch') continue;
      const { sequence } = message.value;
      yield {
        message: {
          $case: 'keys',
          value: { sequence, tensors: [], last: true, cached: false, error: undefined },
        },
      };
    }
  },
};

async function serve(handlers: Partial<TeacherHandlers> = {}, address = newSocket()): Promise<RpcServer> {
  const service = defineService(TeacherServiceService, { ...nothing, ...handlers });
  return startServer({
    address,
    services: [service],
    serving: true,
    logger: logger('test', { write: () => undefined }),
  });
}

function batch(sequence: number): DistillRequest {
  return { message: { $case: 'batch', value: { sequence, content: undefined } } };
}

async function errorOf(promise: Promise<unknown>): Promise<LyceumError> {
  const caught = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (caught instanceof LyceumError) return caught;
  throw new Error(`no LyceumError: ${String(caught)}`);
}

describe('addresses', () => {
  it.each(['unix', '127.0.0.1:0', '[::1]:0', 'localhost:0'])('serves on %s and tells where', async (kind) => {
    await using server = await serve({}, kind === 'unix' ? newSocket() : kind);
    expect(server.address).not.toMatch(/:0$/);
    const { teacher } = await connect(server.address, TeacherServiceService).call('getTeacher', {
      name: 'wrn',
    });
    expect(teacher?.name).toBe('wrn');
  });

  it('refuses an address that other machines reach, unless allowed', async () => {
    const error = await errorOf(serve({}, '0.0.0.0:0'));
    expect(error.message).toMatch(/^address: 0\.0\.0\.0:0 can be reached from other machines/);
    const service = defineService(TeacherServiceService, nothing);
    await using server = await startServer({
      address: '0.0.0.0:0',
      services: [service],
      allowInsecureNetwork: true,
    });
    expect(server.address).toMatch(/^0\.0\.0\.0:\d+$/);
  });

  it.each(['', 'nowhere', 'unix:', 'localhost:99999', `unix:/${'x'.repeat(110)}`])(
    'refuses "%s"',
    async (address) => {
      expect((await errorOf(serve({}, address))).violations[0].field).toBe('address');
    },
  );

  it('names the address of a port in use', async () => {
    await using first = await serve({}, '127.0.0.1:0');
    const error = await errorOf(serve({}, first.address));
    expect(error.reason).toBe('PORT_IN_USE');
    expect(error.message).toContain(first.address);
  });

  it('refuses a socket that a process listens on, and a file that is no socket', async () => {
    await using first = await serve();
    expect((await errorOf(serve({}, first.address))).reason).toBe('PORT_IN_USE');
    const file = join(folder, 'file');
    writeFileSync(file, 'precious');
    expect((await errorOf(serve({}, `unix:${file}`))).reason).toBe('PORT_IN_USE');
    expect(existsSync(file)).toBe(true);
  });

  it('takes over the socket that a killed process left behind', async () => {
    const address = newSocket();
    const path = address.slice(5);
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', script]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(path)).toBe(true);
    await using server = await serve({}, address);
    await connect(server.address, TeacherServiceService).call('getTeacher', { name: '' });
  });
});

describe('health and reflection', () => {
  it('starts as not serving, serves when told, and waitForReady waits for it', async () => {
    const address = newSocket();
    const waiting = waitForReady(address, {
      deadlineMs: 10_000,
      service: 'lyceum.teacher.v1.TeacherService',
    });
    await using server = await startServer({
      address,
      services: [defineService(TeacherServiceService, nothing)],
    });
    const health = connect(address, HealthService);
    expect((await health.call('check', { service: '' })).status).toBe(ServingStatus.NOT_SERVING);
    server.setServing(true);
    await waiting;
    expect((await health.call('check', { service: '' })).status).toBe(ServingStatus.SERVING);
    expect((await errorOf(health.call('check', { service: 'other' }))).code).toBe(5);
  });

  it('waitForReady says what it last heard when time is up', async () => {
    const absent = await errorOf(waitForReady('unix:/nowhere.sock', { deadlineMs: 50 }));
    expect(absent.message).toMatch(/^unix:\/nowhere\.sock was not ready within 0\.05 s: /);
    expect(absent.codeName).toMatch(/UNAVAILABLE|DEADLINE_EXCEEDED/);
    const service = defineService(TeacherServiceService, nothing);
    await using server = await startServer({ address: newSocket(), services: [service] });
    expect((await errorOf(waitForReady(server.address, { deadlineMs: 200 }))).reason).toBe('NOT_READY');
  });

  it.each(['v1', 'v1alpha'])('lists services by reflection %s', async (version) => {
    await using server = await serve();
    const client = new Client(server.address, credentials.createInsecure());
    const raw = (bytes: Buffer) => bytes;
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const call = client.makeBidiStreamRequest(path, raw, raw, new Metadata());
    call.end(Buffer.from([0x3a, 0x01, 0x2a]));
    const answers: Buffer[] = [];
    for await (const answer of call) answers.push(answer as Buffer);
    client.close();
    const text = Buffer.concat(answers).toString('latin1');
    expect(text).toContain('lyceum.teacher.v1.TeacherService');
    expect(text).toContain('grpc.health.v1.Health');
  });
});

describe('errors', () => {
  it('arrive as they were thrown: reason, violations, metadata', async () => {
    const thrown = unknownName('teacher', 'wrm', ['wrn', 'resnet'], 'name');
    await using server = await serve({ getTeacher: () => Promise.reject(thrown) });
    const error = await errorOf(
      connect(server.address, TeacherServiceService).call('getTeacher', { name: 'wrm' }),
    );
    expect(error).toMatchObject({ reason: 'UNKNOWN_NAME', code: 5, message: thrown.message });
    expect(error.violations).toEqual(thrown.violations);
    expect(error.metadata).toMatchObject({ kind: 'teacher', nearest: 'wrn' });
  });

  it('that are no LyceumError become INTERNAL with a trace id, are logged once, and the server lives on', async () => {
    const lines: string[] = [];
    const service = defineService(TeacherServiceService, {
      ...nothing,
      getTeacher: () => {
        throw new TypeError('x is undefined');
      },
    });
    const log = logger('test', { write: (line) => void lines.push(line) });
    await using server = await startServer({ address: newSocket(), services: [service], logger: log });
    const teachers = connect(server.address, TeacherServiceService);
    const error = await errorOf(teachers.call('getTeacher', { name: '' }));
    expect(error.reason).toBe('INTERNAL');
    expect(error.message).toMatch(/^internal error, trace [0-9a-f]{32}: x is undefined$/);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(error.metadata.traceId);
    expect(lines[0]).toContain('server.test');
    await teachers.call('listTeachers', { pageSize: 0, pageToken: '' });
  });

  it('stay under the header limits of other clients with many long violations', async () => {
    const violations = Array.from({ length: 500 }, (_, i) => ({
      field: `keys[${i}]`,
      description: 'ä%'.repeat(200),
    }));
    await using server = await serve({ getTeacher: () => Promise.reject(invalidFields(violations)) });
    const client = new Client(server.address, credentials.createInsecure());
    const raw = (bytes: Buffer) => bytes;
    const { path } = TeacherServiceService.getTeacher;
    const failure = await new Promise<ServiceError>((resolve) =>
      client.makeUnaryRequest(path, raw, raw, Buffer.alloc(0), (error) => resolve(error as ServiceError)),
    );
    client.close();
    const details = failure.metadata.get('grpc-status-details-bin')[0] as Buffer;
    expect(details.length).toBeLessThan(4096);
    expect(encodeURI(failure.details).length + details.length * (4 / 3)).toBeLessThan(8192);
  });

  it('of text that cannot be sent are mended', async () => {
    await using server = await serve({
      getTeacher: () => Promise.reject(new LyceumError('WRONG_STATE', 'a\ud800b\nc')),
    });
    const error = await errorOf(
      connect(server.address, TeacherServiceService).call('getTeacher', { name: '' }),
    );
    expect(error.message).toBe('a\ufffdb\nc');
  });

  it('refuse a request that is no message, and live on', async () => {
    await using server = await serve();
    const client = new Client(server.address, credentials.createInsecure());
    const raw = (bytes: Buffer) => bytes;
    for (const path of [TeacherServiceService.getTeacher.path]) {
      const failure = await new Promise<ServiceError>((resolve) =>
        client.makeUnaryRequest(path, raw, raw, Buffer.from([0x0a, 0x7f, 1]), (error) =>
          resolve(error as ServiceError),
        ),
      );
      expect(failure.code).toBe(3);
    }
    const call = client.makeBidiStreamRequest(TeacherServiceService.distill.path, raw, raw);
    const failed = once(call, 'error') as Promise<[ServiceError]>;
    call.write(Buffer.from([0x12, 0x7f, 1]));
    call.resume();
    expect((await failed)[0].code).toBe(3);
    client.close();
    await connect(server.address, TeacherServiceService).call('getTeacher', { name: '' });
  });

  it('of one stream come after the answers before them', async () => {
    await using server = await serve({
      async *distill(requests) {
        yield* nothing.distill(requests, {} as CallContext);
        throw new LyceumError('OVERLOADED', 'too many', { retryAfterMs: 1500 });
      },
    });
    const stream = connect(server.address, TeacherServiceService).stream('distill');
    for (let i = 0; i < 40; i += 1) await stream.write(batch(i));
    stream.end();
    let count = 0;
    const error = await errorOf(
      (async () => {
        for await (const response of stream) count += response.message === undefined ? 0 : 1;
      })(),
    );
    expect(count).toBe(40);
    expect(error).toMatchObject({ reason: 'OVERLOADED', retryAfterMs: 1500 });
  });
});

describe('streams', () => {
  it('answer in order and end by half-close', async () => {
    await using server = await serve();
    const stream = connect(server.address, TeacherServiceService).stream('distill');
    const sequences: number[] = [];
    const reading = (async () => {
      for await (const { message } of stream)
        if (message?.$case === 'keys') sequences.push(message.value.sequence);
    })();
    for (let i = 0; i < 200; i += 1) await stream.write(batch(i));
    stream.end();
    await reading;
    expect(sequences).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect((await errorOf(stream.write(batch(1)))).reason).toBe('WRONG_STATE');
  });

  it('make a producer wait for a reader that is slow', async () => {
    let produced = 0;
    const data = new Uint8Array(2 ** 20);
    await using server = await serve({
      async *distill() {
        for (; produced < 400; produced += 1) {
          const tensors = [{ name: 'x', dtype: 5, shape: [data.length], encoding: 1, data }];
          yield {
            message: {
              $case: 'keys',
              value: { sequence: produced, tensors, last: true, cached: false, error: undefined },
            },
          };
        }
      },
    });
    const stream = connect(server.address, TeacherServiceService).stream('distill');
    await stream.next();
    await pause(500);
    // Windows of 32 MiB on both ends, 16 messages in each of their queues.
    expect(produced).toBeLessThan(200);
    let count = 1;
    for await (const response of stream) count += response.message === undefined ? 0 : 1;
    expect(count).toBe(400);
  });

  it('tell the handler by its signal that the caller has cancelled, also while it waits to write', async () => {
    const seen: unknown[] = [];
    const data = new Uint8Array(2 ** 20);
    await using server = await serve({
      async *distill(_, { signal }) {
        signal.addEventListener('abort', () => seen.push(signal.reason));
        try {
          for (let sequence = 0; ; sequence += 1) {
            const tensors = [{ name: 'x', dtype: 5, shape: [data.length], encoding: 1, data }];
            yield {
              message: {
                $case: 'keys',
                value: { sequence, tensors, last: true, cached: false, error: undefined },
              },
            };
          }
        } finally {
          seen.push('finally');
        }
      },
    });
    const stream = connect(server.address, TeacherServiceService).stream('distill');
    await stream.next();
    await pause(300);
    stream.cancel();
    await expect
      .poll(() => seen, { timeout: 20_000 })
      .toEqual([expect.objectContaining({ reason: 'CANCELLED' }), 'finally']);
  });

  it('make a handler that waits for requests fail with CANCELLED', async () => {
    const seen: unknown[] = [];
    await using server = await serve({
      async *distill(requests) {
        try {
          yield* nothing.distill(requests, {} as CallContext);
        } catch (error) {
          seen.push((error as LyceumError).reason);
          throw error;
        }
      },
    });
    const stop = new AbortController();
    const stream = connect(server.address, TeacherServiceService).stream('distill', { signal: stop.signal });
    await stream.write(batch(0));
    await stream.next();
    stop.abort();
    expect((await errorOf(stream.next())).reason).toBe('CANCELLED');
    await expect.poll(() => seen, { timeout: 20_000 }).toEqual(['CANCELLED']);
  });

  it('are cancelled when the reading loop is left', async () => {
    let ended = false;
    await using server = await serve({
      async *distill(requests, context) {
        context.signal.addEventListener('abort', () => (ended = true));
        yield* nothing.distill(requests, context);
      },
    });
    const stream = connect(server.address, TeacherServiceService).stream('distill');
    await stream.write(batch(7));
    for await (const { message } of stream) if (message !== undefined) break;
    await expect.poll(() => ended, { timeout: 20_000 }).toBe(true);
  });

  it('let many write at once, and all of them get through', async () => {
    await using server = await serve();
    const stream = connect(server.address, TeacherServiceService).stream('distill');
    const writing = Promise.all(Array.from({ length: 300 }, (_, i) => stream.write(batch(i))));
    let count = 0;
    const reading = (async () => {
      for await (const response of stream) count += response.message === undefined ? 0 : 1;
    })();
    await writing;
    stream.end();
    await reading;
    expect(count).toBe(300);
  });

  it('refuse a message over the limit of either end, and the server lives on', async () => {
    const service = defineService(TeacherServiceService, nothing);
    await using server = await startServer({
      address: newSocket(),
      services: [service],
      maxMessageBytes: 1000,
    });
    const large = { name: 'x'.repeat(2000) };
    const sender = connect(server.address, TeacherServiceService, { maxMessageBytes: 500 });
    expect((await errorOf(sender.call('getTeacher', large))).reason).toBe('BATCH_TOO_LARGE');
    const teachers = connect(server.address, TeacherServiceService);
    expect((await errorOf(teachers.call('getTeacher', large))).reason).toBe('BATCH_TOO_LARGE');
    await teachers.call('getTeacher', { name: 'small' });
  });

  it('of one request and many answers work alike', async () => {
    const service = defineService(OrchestratorServiceService, {
      ...({} as Handlers<typeof OrchestratorServiceService>),
      async *watchRun({ afterSequence }) {
        for (let i = 1; i <= 3; i += 1) {
          yield { event: RunEvent.fromPartial({ sequence: afterSequence + i }), state: 2 };
        }
      },
    });
    await using server = await startServer({ address: newSocket(), services: [service] });
    const sequences: (number | undefined)[] = [];
    const runs = connect(server.address, OrchestratorServiceService);
    for await (const { event } of runs.watch('watchRun', { name: 'r', afterSequence: 4 }))
      sequences.push(event?.sequence);
    expect(sequences).toEqual([5, 6, 7]);
  });
});

describe('deadlines and retries', () => {
  it('pass the deadline to the handler, and end the call when it has passed', async () => {
    const seen: unknown[] = [];
    await using server = await serve({
      getTeacher: (_, { signal, deadline }) => {
        seen.push(deadline instanceof Date);
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            seen.push((signal.reason as LyceumError).reason);
            reject(signal.reason as Error);
          });
        });
      },
    });
    const teachers = connect(server.address, TeacherServiceService, { deadlineMs: 100 });
    expect((await errorOf(teachers.call('getTeacher', { name: '' }))).reason).toBe('TIMED_OUT');
    await expect
      .poll(() => seen, { timeout: 20_000 })
      .toEqual([true, expect.stringMatching(/TIMED_OUT|CANCELLED/)]);
  });

  it('try again while the server is away, and find it when it comes', async () => {
    const address = newSocket();
    const patient = connect(address, TeacherServiceService, { maxAttempts: 100 });
    const calling = patient.call('getTeacher', { name: 'late' });
    await pause(250);
    await using server = await serve({}, address);
    expect((await calling).teacher?.name).toBe('late');
    expect(server.address).toBe(address);
  });

  it('try again for OVERLOADED with a time to wait, never for other errors', async () => {
    let count = 0;
    const failing = (error: LyceumError) => () => {
      count += 1;
      return Promise.reject(error);
    };
    await using patient = await serve({
      getTeacher: failing(new LyceumError('OVERLOADED', 'busy', { retryAfterMs: 10 })),
    });
    await errorOf(
      connect(patient.address, TeacherServiceService, { maxAttempts: 3 }).call('getTeacher', { name: '' }),
    );
    expect(count).toBe(3);
    count = 0;
    await using final = await serve({ getTeacher: failing(new LyceumError('BATCH_TOO_LARGE', 'too large')) });
    await errorOf(connect(final.address, TeacherServiceService).call('getTeacher', { name: '' }));
    expect(count).toBe(1);
  });

  it('say who cannot be reached', async () => {
    const error = await errorOf(
      connect('unix:/nowhere.sock', TeacherServiceService, { maxAttempts: 1 }).call('getTeacher', {
        name: '',
      }),
    );
    expect(error.reason).toBe('UNREACHABLE');
    expect(error.message).toMatch(/^cannot reach unix:\/nowhere\.sock: /);
  });

  it('cancel a unary call by its signal', async () => {
    await using server = await serve({ getTeacher: () => new Promise(() => undefined) });
    const stop = new AbortController();
    const calling = errorOf(
      connect(server.address, TeacherServiceService).call(
        'getTeacher',
        { name: '' },
        { signal: stop.signal },
      ),
    );
    await pause(50);
    stop.abort();
    expect((await calling).reason).toBe('CANCELLED');
  });
});

describe('drain', () => {
  it('lets work finish, refuses new calls, and ends', async () => {
    let finish: () => void = () => undefined;
    const working = new Promise<void>((resolve) => (finish = resolve));
    let arrived = false;
    const server = await serve({
      getTeacher: async () => {
        arrived = true;
        await working;
        return { teacher: Teacher.fromPartial({ name: 'done' }) };
      },
    });
    const teachers = connect(server.address, TeacherServiceService, { maxAttempts: 1 });
    const calling = teachers.call('getTeacher', { name: '' });
    await expect.poll(() => arrived, { timeout: 20_000 }).toBe(true);
    const draining = server.drain(5000);
    const refused = await errorOf(teachers.call('listTeachers', { pageSize: 0, pageToken: '' }));
    expect(refused).toMatchObject({ reason: 'NOT_READY', retryAfterMs: 1000 });
    finish();
    expect((await calling).teacher?.name).toBe('done');
    await draining;
    expect((await errorOf(teachers.call('listTeachers', { pageSize: 0, pageToken: '' }))).codeName).toBe(
      'UNAVAILABLE',
    );
    expect(existsSync(server.address.slice(5))).toBe(false);
  });

  it('tells streams to end, and ends those that do not with NOT_READY after the deadline', async () => {
    const seen: string[] = [];
    const server = await serve({
      async *distill(requests, context) {
        context.draining.addEventListener('abort', () => seen.push('draining'));
        context.signal.addEventListener('abort', () =>
          seen.push((context.signal.reason as LyceumError).reason),
        );
        yield* nothing.distill(requests, context);
      },
    });
    const stream = connect(server.address, TeacherServiceService).stream('distill');
    await stream.write(batch(1));
    await stream.next();
    const next = errorOf(stream.next());
    await server.drain(100);
    expect(await next).toMatchObject({ reason: 'NOT_READY', retryAfterMs: 1000 });
    expect(seen).toEqual(['draining', 'NOT_READY']);
    const open = await errorOf(connect(server.address, TeacherServiceService).stream('distill').next());
    expect(open.codeName).toBe('UNAVAILABLE');
  });

  it('is not held up by a health watch', async () => {
    const server = await serve();
    const watch = connect(server.address, HealthService).watch('watch', { service: '' });
    await watch.next();
    await server.drain(5000);
    const { value } = await watch.next();
    expect(value?.status).toBe(ServingStatus.NOT_SERVING);
  });
});

it('a server that is killed breaks its streams with UNAVAILABLE', async () => {
  const address = newSocket();
  const index = join(import.meta.dirname, '../dist/index.js');
  const script = `
    import { defineService, startServer } from ${JSON.stringify(index)};
    import { TeacherServiceService } from '@lyceum/contracts/teacher-service';
    async function* distill(requests) { for await (const _ of requests) yield { message: undefined }; }
    await startServer({ address: ${JSON.stringify(address)}, services: [defineService(TeacherServiceService, { distill })], serving: true });
    console.log('up');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
  await once(child.stdout, 'data');
  const stream = connect(address, TeacherServiceService).stream('distill');
  await stream.write(batch(0));
  await stream.next();
  const next = errorOf(stream.next());
  child.kill('SIGKILL');
  expect((await next).codeName).toBe('UNAVAILABLE');
  expect((await errorOf(stream.write(batch(1)))).codeName).toBe('UNAVAILABLE');
});
