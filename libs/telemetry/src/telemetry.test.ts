import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logger } from './logger.js';
import { metricsPage, metricTable } from './metric-table.js';
import { applyDefaults } from './sdk.js';
import { continueTrace, currentTraceParent, openSpan, withSpan } from './spans.js';
import { StepTraces } from './step-traces.js';

const root = join(import.meta.dirname, '../../..');
const index = JSON.stringify(join(import.meta.dirname, '../dist/index.js'));

function runNode(script: string, env: Record<string, string>, args: readonly string[] = []) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_')));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script, '--', ...args],
    {
      env: { ...clean, ...env },
      encoding: 'utf8',
      timeout: 50_000,
    },
  );
  return { status, stdout, stderr };
}

describe('while OTEL_* is not set', () => {
  const script = `
    import { createRequire } from 'node:module';
    import { startTelemetry, withSpan, record } from ${index};
    const telemetry = await startTelemetry({ service: 'teacher' });
    withSpan('x', {}, () => record('lyceum.rpc.sent', 1));
    await telemetry.shutdown();
    const loaded = Object.keys(createRequire(${index}).cache).filter((path) => path.includes('@opentelemetry/') && !path.includes('/api/'));
    console.log(JSON.stringify({ enabled: telemetry.enabled, loaded }));`;

  it.each([
    {},
    { OTEL_TRACES_EXPORTER: 'none' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x', OTEL_SDK_DISABLED: 'true' },
  ])('or switched off, the SDK is not even loaded (%j)', (env) => {
    expect(runNode(script, env as Record<string, string>).stdout).toBe('{"enabled":false,"loaded":[]}\n');
  });

  it('spans only run what they are given', async () => {
    const span = openSpan('x');
    expect(span.traceParent).toBeUndefined();
    expect(span.run(() => 7)).toBe(7);
    span.end(new Error('x'));
    expect(withSpan('x', {}, () => 1)).toBe(1);
    await expect(withSpan('x', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(continueTrace(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, currentTraceParent)).toBeUndefined();
    const traces = new StepTraces('step');
    expect(traces.run(3, () => 'done')).toBe('done');
    traces.end(3);
  });
});

describe('while the collector is away', () => {
  it('a process works, says so once, and ends', () => {
    const script = `
      import { startTelemetry, withSpan, record, logger } from ${index};
      const telemetry = await startTelemetry({ service: 'teacher' });
      for (let i = 0; i < 10; i += 1) withSpan('x', {}, () => record('lyceum.rpc.sent', 1));
      await telemetry.shutdown();
      console.log('ended', telemetry.enabled);`;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_EXPORTER_OTLP_TIMEOUT: '1000' };
    const { status, stdout, stderr } = runNode(script, env);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'ended true\n' });
    expect(stderr.split('\n').filter((line) => line.includes('telemetry: ')).length).toBeLessThanOrEqual(1);
  });

  it('an exporter that does not exist does not end the process', () => {
    const script = `
      import { startTelemetry } from ${index};
      const telemetry = await startTelemetry({ service: 'teacher' });
      await telemetry.shutdown();
      console.log('ended');`;
    expect(runNode(script, { OTEL_TRACES_EXPORTER: 'nonsense' }).stdout).toBe('ended\n');
  });
});

describe('defaults', () => {
  it('send by gRPC what has somewhere to go, and no logs', () => {
    const both: NodeJS.ProcessEnv = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317' };
    applyDefaults(both);
    expect(both).toMatchObject({
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_TIMEOUT: '3000',
    });
    const one: NodeJS.ProcessEnv = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    };
    applyDefaults(one);
    expect(one).toMatchObject({
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'none',
    });
    const http: NodeJS.ProcessEnv = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' };
    applyDefaults(http);
    expect(http.OTEL_EXPORTER_OTLP_PROTOCOL).toBe('http/protobuf');
  });
});

describe('what is sent about the process', () => {
  it('is where it runs and its number, but not its command line, which may hold passwords', () => {
    const script = `
      import { startTelemetry, withSpan } from ${index};
      const telemetry = await startTelemetry({ service: 'teacher' });
      withSpan('x', {}, () => undefined);
      await telemetry.shutdown();`;
    const env = { OTEL_TRACES_EXPORTER: 'console', OTEL_RESOURCE_ATTRIBUTES: 'deployment.name=here' };
    const { stdout } = runNode(script, env, ['--state-url', 'postgres://lyceum:hunter2@db/lyceum']);
    for (const key of ['service.name', 'service.instance.id', 'host.name', 'process.pid', 'deployment.name'])
      expect(stdout).toContain(`'${key}'`);
    expect(stdout).not.toContain('hunter2');
  });
});

describe('metrics', () => {
  it('page is what the table says; `node libs/telemetry/scripts/write-metrics-page.mjs` writes it', () => {
    expect(readFileSync(join(root, 'docs/metrics.md'), 'utf8')).toBe(metricsPage());
  });

  it('have names, units and texts by the rules', () => {
    for (const [name, { unit, description, kind }] of Object.entries(metricTable)) {
      expect(name).toMatch(/^(rpc|lyceum)(\.[a-z_]+)+$/);
      expect(unit).toMatch(/^(s|By|1|\{[a-z]+\})$/);
      expect(description).toMatch(/^[A-Z].*\.$/);
      if (name.endsWith('duration')) expect([kind, unit]).toEqual(['histogram', 's']);
    }
  });
});

describe('logger', () => {
  const lines = (action: (log: ReturnType<typeof logger>) => void): Record<string, unknown>[] => {
    const written: string[] = [];
    action(logger('teacher', { write: (line) => void written.push(line) }));
    return written.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  it('writes JSON with service, level by name, and errors with their stack', () => {
    const [line] = lines((log) => log.error({ error: new TypeError('bad') }, 'failed'));
    expect(line).toMatchObject({
      service: 'teacher',
      level: 'error',
      msg: 'failed',
      error: { type: 'TypeError', message: 'bad' },
    });
    expect(line.error).toHaveProperty('stack');
  });

  it('hides secrets', () => {
    const [line] = lines((log) => log.info({ token: 'abc', s3: { secretKey: 'def' } }, 'x'));
    expect(JSON.stringify(line)).not.toMatch(/abc|def/);
  });

  it('takes its level from LYCEUM_LOG_LEVEL and says when it cannot', () => {
    const before = process.env.LYCEUM_LOG_LEVEL;
    process.env.LYCEUM_LOG_LEVEL = 'ERROR';
    expect(lines((log) => log.info('x'))).toHaveLength(0);
    process.env.LYCEUM_LOG_LEVEL = 'loud';
    expect(lines((log) => log.debug('x'))[0].msg).toMatch(
      /^LYCEUM_LOG_LEVEL must be one of .*, found "loud"$/,
    );
    if (before === undefined) delete process.env.LYCEUM_LOG_LEVEL;
    else process.env.LYCEUM_LOG_LEVEL = before;
  });

  it('writes to standard error, so that standard output stays for results', () => {
    const script = `import { logger } from ${index}; logger('cli').info('hello'); console.log('result');`;
    const { stdout, stderr } = runNode(script, { LYCEUM_LOG_LEVEL: 'info' });
    expect(stdout).toBe('result\n');
    expect(JSON.parse(stderr)).toMatchObject({ msg: 'hello' });
  });
});
