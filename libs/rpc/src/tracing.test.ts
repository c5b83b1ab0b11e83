import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './otlp-receiver.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'lyceum-trace-'));
const rpc = JSON.stringify(join(import.meta.dirname, '../dist/index.js'));
const address = (name: string) => JSON.stringify(`unix:${join(folder, name)}`);

const imports = `
  import { connect, defineService, startServer, statusFrom } from ${rpc};
  import { continueTrace, startTelemetry, StepTraces, withSpan } from '@lyceum/telemetry';
  import { LyceumError } from '@lyceum/errors';
  import { TeacherServiceService } from '@lyceum/contracts/teacher-service';
  import { LossServiceService } from '@lyceum/contracts/loss-service';`;

const untilStdinEnds = `
  console.log('ready');
  process.stdin.on('end', async () => { await server.drain(1000); await telemetry.shutdown(); }).resume();`;

const teacher = `${imports}
  const telemetry = await startTelemetry({ service: 'teacher' });
  const service = defineService(TeacherServiceService, {
    getTeacher: async () => withSpan('teacher.describe', {}, async () => ({ teacher: undefined })),
    async *distill(requests) {
      for await (const { message } of requests) {
        const { sequence, traceParent } = message.value;
        await continueTrace(traceParent, () => withSpan('teacher.forward', {}, async () => undefined));
        const error = sequence === 2 ? statusFrom(new LyceumError('NON_FINITE', 'bad')) : undefined;
        yield { message: { $case: 'keys', value: { sequence, tensors: [], last: false, cached: false } } };
        yield { message: { $case: 'keys', value: { sequence, tensors: [], last: true, cached: false, error } } };
      }
    },
  });
  const server = await startServer({ address: ${address('teacher')}, services: [service], serving: true });
  ${untilStdinEnds}`;

const loss = `${imports}
  const telemetry = await startTelemetry({ service: 'loss' });
  const service = defineService(LossServiceService, {
    async *apply(requests) {
      for await (const { sequence, message } of requests) {
        await continueTrace(message.value.traceParent, () => withSpan('loss.compute', {}, async () => undefined));
        yield { sequence, message: { $case: 'result', value: { value: 1, terms: {}, gradients: [] } } };
      }
    },
  });
  const server = await startServer({ address: ${address('loss')}, services: [service], serving: true });
  ${untilStdinEnds}`;

/** Asks for keys two steps ahead, as a trainer does. */
const trainer = `${imports}
  const telemetry = await startTelemetry({ service: 'trainer' });
  const teachers = connect(${address('teacher')}, TeacherServiceService);
  await withSpan('trainer.prepare', {}, () => teachers.call('getTeacher', { name: '' }));
  const keys = teachers.stream('distill');
  const losses = connect(${address('loss')}, LossServiceService).stream('apply');
  const traces = new StepTraces('trainer.step', { 'lyceum.task': 'kd' });
  const ask = (step) => traces.run(step, () => keys.write({ message: { $case: 'batch', value: { sequence: step } } }));
  await ask(0);
  await ask(1);
  for (let step = 0; step < 4; step += 1) {
    if (step + 2 < 4) await ask(step + 2);
    for (let last = false; !last; ) last = (await keys.next()).value.message.value.last;
    const input = { step, epoch: 0, student: [], keys: [], weights: [], extra: [] };
    await traces.run(step, () => losses.write({ sequence: step + 10, message: { $case: 'step', value: input } }));
    await losses.next();
    traces.end(step);
  }
  keys.end();
  losses.end();
  await keys.next();
  await losses.next();
  await telemetry.shutdown();
  process.exit(0);`;

let receiver: OtlpReceiver;

function start(script: string, stdio: 'ignore' | 'pipe' = 'pipe'): ChildProcess {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_')));
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    stdio: [stdio, 'pipe', 'inherit'],
    env: { ...clean, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
  });
}

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  const servers = [start(teacher), start(loss)];
  await Promise.all(servers.map((server) => once(server.stdout as NodeJS.ReadableStream, 'data')));
  const [code] = (await once(start(trainer, 'ignore'), 'exit')) as [number];
  expect(code).toBe(0);
  for (const server of servers) {
    server.stdin?.end();
    await once(server, 'exit');
  }
});

afterAll(() => {
  receiver.close();
  rmSync(folder, { recursive: true });
});

/** A span and its ancestors, innermost first, as "service name". */
function pathOf(span: ReceivedSpan): string[] {
  const parent = receiver.spans.find(({ spanId }) => spanId === span.parentId);
  return [`${span.service} ${span.name}`, ...(parent === undefined ? [] : pathOf(parent))];
}

describe('telemetry of three processes, as a collector receives it', () => {
  it('shows each step as one trace through trainer, teacher and loss, though its keys were asked for ahead', () => {
    const steps = receiver.spans.filter(({ name }) => name === 'trainer.step');
    expect(steps).toHaveLength(4);
    expect(new Set(steps.map(({ traceId }) => traceId)).size).toBe(4);
    for (const { traceId } of steps) {
      const spans = receiver.spans.filter((span) => span.traceId === traceId);
      expect(spans.map(({ service, name, kind }) => `${service} ${name} ${kind}`).sort()).toEqual([
        'lyceum-loss loss.compute 1',
        'lyceum-loss lyceum.loss.v1.LossService/Apply 2',
        'lyceum-teacher lyceum.teacher.v1.TeacherService/Distill 2',
        'lyceum-teacher teacher.forward 1',
        'lyceum-trainer lyceum.loss.v1.LossService/Apply 3',
        'lyceum-trainer lyceum.teacher.v1.TeacherService/Distill 3',
        'lyceum-trainer trainer.step 1',
      ]);
      expect(spans.filter(({ name }) => name === 'teacher.forward').map(pathOf)).toEqual([
        [
          'lyceum-teacher teacher.forward',
          'lyceum-teacher lyceum.teacher.v1.TeacherService/Distill',
          'lyceum-trainer lyceum.teacher.v1.TeacherService/Distill',
          'lyceum-trainer trainer.step',
        ],
      ]);
      expect(
        spans
          .filter(({ name }) => name === 'loss.compute')
          .map(pathOf)[0]
          .slice(2),
      ).toEqual(['lyceum-trainer lyceum.loss.v1.LossService/Apply', 'lyceum-trainer trainer.step']);
    }
  });

  it('carries a trace through a unary call', () => {
    const inner = receiver.spans.filter(({ name }) => name === 'teacher.describe');
    expect(inner.map(pathOf)).toEqual([
      [
        'lyceum-teacher teacher.describe',
        'lyceum-teacher lyceum.teacher.v1.TeacherService/GetTeacher',
        'lyceum-trainer lyceum.teacher.v1.TeacherService/GetTeacher',
        'lyceum-trainer trainer.prepare',
      ],
    ]);
  });

  it('holds the metrics of calls, of messages and of Node', () => {
    const wanted = [
      'lyceum-teacher rpc.server.call.duration s',
      'lyceum-trainer rpc.client.call.duration s',
      'lyceum-teacher lyceum.rpc.server.message.duration s',
      'lyceum-trainer lyceum.rpc.client.message.duration s',
      'lyceum-teacher lyceum.rpc.sent By',
      'lyceum-trainer lyceum.rpc.received By',
      'lyceum-loss nodejs.eventloop.utilization 1',
    ];
    expect([...receiver.metrics]).toEqual(expect.arrayContaining(wanted));
  });
});
