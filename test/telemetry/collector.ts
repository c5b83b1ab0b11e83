import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Scope } from '../processes/scope.js';

/** Starts a collector that takes OTLP over gRPC and forwards it at once as JSON; where it listens. */
export async function startCollector(scope: Scope, program: string, sink: string): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(scope.folder, 'collector.json');
  writeFileSync(config, JSON.stringify(configOf(address, sink)));
  const child = spawn(program, ['--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  scope.defer(() => {
    process.removeListener('exit', kill);
    kill();
  });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('Everything is ready')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`the collector ended:\n${log}`)));
  });
  return `http://${address}`;
}

/** JSON is YAML too. */
function configOf(address: string, sink: string): object {
  const pipeline = { receivers: ['otlp'], exporters: ['otlp_http', 'debug'] };
  return {
    receivers: { otlp: { protocols: { grpc: { endpoint: address } } } },
    exporters: {
      // Without a queue a sender is answered when the sink has everything.
      otlp_http: { endpoint: sink, encoding: 'json', compression: 'none', sending_queue: { enabled: false } },
      debug: { verbosity: 'basic' },
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: pipeline, metrics: pipeline },
    },
  };
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A collector that takes connections and never says a word; where it listens. */
export async function startSilentCollector(scope: Scope): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    scope.defer(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scope.defer(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
