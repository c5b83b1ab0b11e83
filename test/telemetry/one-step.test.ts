import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileScope } from '../processes/scope.js';
import { freePort, startCollector, startSilentCollector } from './collector.js';
import { documentedMetrics } from './documented-metrics.js';
import { OtlpSink, type SentSpan } from './otlp-sink.js';
import { provideCollector } from './provide-collector.js';
import { smallRun, stepCount, type EndedRun } from './small-run.js';

for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];

const tool = await provideCollector();
const scope = fileScope();
const services = ['lyceum-loss', 'lyceum-orchestrator', 'lyceum-teacher', 'lyceum-trainer'];
const processes = ['loss', 'orchestrator', 'student-trainer', 'teacher-inference'];

let sink: OtlpSink;
let traced: EndedRun;
let plain: EndedRun;
let unheard: EndedRun;

/** One run that is watched, one that is not, and one whose collectors are away: one port is dead, the other mute. */
beforeAll(async () => {
  if (tool.missing !== undefined) return;
  sink = await OtlpSink.start(scope);
  const endpoint = await startCollector(scope, join(tool.folder, 'collector'), sink.endpoint);
  const dead = `http://127.0.0.1:${await freePort()}`;
  const mute = await startSilentCollector(scope);
  [traced, plain, unheard] = await Promise.all([
    smallRun(scope, 'hunter2-traced', {
      listLoaded: true,
      environment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer hunter2',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        AWS_SECRET_ACCESS_KEY: 'hunter2',
      },
    }),
    smallRun(scope, 'plain', { listLoaded: true }),
    smallRun(scope, 'unheard', {
      environment: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: dead, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: mute },
    }),
  ]);
}, 300_000);

/** A span and its ancestors, innermost first. */
function pathOf(span: SentSpan): string {
  const { service, kind, name, parentSpanId } = span;
  const own = `${service.replace('lyceum-', '')} ${kind} ${name}`;
  if (parentSpanId === '') return own;
  const parent = sink.spans.find(({ spanId }) => spanId === parentSpanId);
  return `${own} < ${parent === undefined ? 'nothing' : pathOf(parent)}`;
}

/** The spans of the steps of a task. */
function stepsOf(task: string): SentSpan[] {
  return sink.spans.filter(
    ({ name, attributes }) => name === 'trainer.step' && attributes['lyceum.task'] === task,
  );
}

const step = 'trainer internal trainer.step';
const distill = 'lyceum.teacher.v1.TeacherService/Distill';
const apply = 'lyceum.loss.v1.LossService/Apply';

describe.skipIf(tool.missing !== undefined)('a distillation that a collector watches', () => {
  it('shows each step as one trace through trainer, teacher and loss', () => {
    const steps = stepsOf('kd');
    const about = steps.map(({ attributes }) => attributes);
    expect(about).toEqual(
      Array.from({ length: stepCount }, (_, i) => ({
        'lyceum.run': traced.name,
        'lyceum.task': 'kd',
        'lyceum.step': i,
      })),
    );
    expect(new Set(steps.map(({ traceId }) => traceId)).size).toBe(stepCount);
    for (const { traceId } of steps) {
      const spans = sink.spans.filter((span) => span.traceId === traceId);
      expect(spans.map(pathOf).sort()).toEqual([
        `loss internal loss.step < loss server ${apply} < trainer client ${apply} < ${step}`,
        `loss server ${apply} < trainer client ${apply} < ${step}`,
        `teacher internal teacher.answer < teacher server ${distill} < trainer client ${distill} < ${step}`,
        `teacher server ${distill} < trainer client ${distill} < ${step}`,
        `trainer client ${apply} < ${step}`,
        `trainer client ${distill} < ${step}`,
        step,
      ]);
      expect(spans.map(({ failure }) => failure)).toEqual(spans.map(() => ''));
    }
  });

  it('shows the steps of a training without a teacher as traces of the trainer alone', () => {
    const steps = stepsOf('teacher');
    expect(steps).toHaveLength(stepCount);
    for (const { traceId } of steps)
      expect(sink.spans.filter((span) => span.traceId === traceId).map(pathOf)).toEqual([step]);
  });

  it('links the calls of a worker with their answers by the orchestrator', () => {
    const method = 'lyceum.orchestrator.v1.WorkerService/CompleteTask';
    const answers = sink.spans.filter(({ name, kind }) => name === method && kind === 'server');
    const expected = `orchestrator server ${method} < trainer client ${method}`;
    expect(answers.map(pathOf)).toEqual([expected, expected]);
  });

  it.each(documentedMetrics())('sends $name as it is documented', ({ name, kind, unit, attributes }) => {
    const sent = sink.metrics.filter((metric) => metric.name === name);
    expect(new Set(sent.map((metric) => `${metric.kind} ${metric.unit}`))).toEqual(
      new Set([`${kind} ${unit}`]),
    );
    const found = new Set(sent.flatMap((metric) => metric.attributes.flatMap(Object.keys)));
    // An error has its type; without one there is none.
    expect([...found].sort()).toEqual(attributes.filter((one) => one !== 'error.type').sort());
    const [, owner] = /^lyceum\.(loss|orchestrator|teacher|trainer)\./.exec(name) ?? [];
    if (owner !== undefined)
      expect(new Set(sent.map(({ service }) => service))).toEqual(new Set([`lyceum-${owner}`]));
  });

  it('sends no metric of its own that is not documented', () => {
    const sent = new Set(sink.metrics.map(({ name }) => name).filter((name) => /^(lyceum|rpc)\./.test(name)));
    expect([...sent].sort()).toEqual(
      documentedMetrics()
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('says of each process where it is, with the attributes that it was given', () => {
    expect([...sink.resources.keys()].sort()).toEqual(services);
    for (const attributes of sink.resources.values()) {
      expect(attributes).toMatchObject({
        'host.name': expect.any(String) as string,
        'process.pid': expect.any(Number) as number,
        'deployment.environment.name': 'test',
      });
    }
  });

  it('gives away no setting, header or command line', () => {
    expect(sink.received).toContain(traced.name);
    expect(sink.received).not.toContain('hunter2');
    const told = new Set(sink.spans.flatMap(({ attributes }) => Object.keys(attributes)));
    const known = ['error.type', 'rpc.method', 'rpc.system.name'];
    const ours = ['lyceum.run', 'lyceum.sequence', 'lyceum.step', 'lyceum.task', 'lyceum.teacher'];
    expect([...told].filter((name) => !known.includes(name)).sort()).toEqual(ours);
  });

  it('loads the SDK in each service, and not at all without OTEL_*', () => {
    const sdk = (run: EndedRun) =>
      Object.entries(run.loaded)
        .filter(([, files]) => files.some((file) => /@opentelemetry\/(?!api\/)/.test(file)))
        .map(([name]) => name)
        .sort();
    expect(Object.keys(plain.loaded)).toEqual(expect.arrayContaining([...processes, 'cli']));
    expect(sdk(traced)).toEqual(processes);
    expect(sdk(plain)).toEqual([]);
  });

  it('computes the same as one that nobody watches', () => {
    expect(traced.code).toBe(0);
    expect(Object.keys(plain.digests)).toEqual(['teacher', 'kd']);
    expect(traced.digests).toEqual(plain.digests);
  });

  it('succeeds and ends in order while collectors are dead or mute, saying so once a process', () => {
    expect(unheard.code).toBe(0);
    expect(unheard.digests).toEqual(plain.digests);
    expect(Object.keys(unheard.logs).map((name) => name.replace(/-[0-9a-f]{10}$/, ''))).toEqual(
      expect.arrayContaining(['loss', 'orchestrator', 'teacher', 'trainer-1']),
    );
    for (const log of Object.values(unheard.logs)) {
      expect(log).not.toContain('ended by force');
      expect(log.match(/telemetry: /g)?.length ?? 0).toBeLessThanOrEqual(1);
    }
  });
});
