// Imported only when telemetry is on: the SDK takes a third of a second to load.
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { NodeSDK, resources } from '@opentelemetry/sdk-node';
import { logger } from './logger.js';
import { telemetryState } from './telemetry-state.js';

/** How long a process waits for its last spans at the end. */
const shutdownMs = 3000;

/** Starts the SDK as `OTEL_*` says; gives the way to end it. */
export function startSdk(service: string): () => Promise<void> {
  applyDefaults(process.env);
  warnOnce(service);
  const sdk = new NodeSDK({
    serviceName: process.env.OTEL_SERVICE_NAME ?? `lyceum-${service}`,
    resource: resources.resourceFromAttributes({ 'process.pid': process.pid }),
    instrumentations: [new RuntimeNodeInstrumentation()],
  });
  sdk.start();
  telemetryState.traces = process.env.OTEL_TRACES_EXPORTER !== 'none';
  telemetryState.metrics = process.env.OTEL_METRICS_EXPORTER !== 'none';
  return async () => {
    telemetryState.traces = false;
    telemetryState.metrics = false;
    const late = new Promise<void>((resolve) => setTimeout(resolve, shutdownMs).unref());
    // Rejects when the collector is away.
    await Promise.race([sdk.shutdown().catch(() => undefined), late]);
  };
}

/** gRPC unless asked otherwise, as everything here; only the signals that were given somewhere to go. */
export function applyDefaults(env: NodeJS.ProcessEnv): void {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';
  env.OTEL_EXPORTER_OTLP_PROTOCOL ??= /:4318\b/.test(endpoint) ? 'http/protobuf' : 'grpc';
  // Also how long a collector that says nothing keeps a process that has stopped.
  env.OTEL_EXPORTER_OTLP_TIMEOUT ??= String(shutdownMs);
  env.OTEL_LOGS_EXPORTER ??= 'none';
  // Without `process`, which sends the command line: a setting there may be a URL with a password.
  env.OTEL_NODE_RESOURCE_DETECTORS ??= 'env,host,os,serviceinstance';
  const wanted = (signal: 'TRACES' | 'METRICS') =>
    endpoint !== '' || (env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] ?? '') !== '';
  env.OTEL_TRACES_EXPORTER ??= wanted('TRACES') ? 'otlp' : 'none';
  env.OTEL_METRICS_EXPORTER ??= wanted('METRICS') ? 'otlp' : 'none';
}

/** A collector that is away is worth one line, not one every few seconds. */
function warnOnce(service: string): void {
  const log = logger(service);
  let told = false;
  const warn = (message: string) => {
    if (told) return;
    told = true;
    log.warn(`telemetry: ${message}; further failures are not shown`);
  };
  const nothing = () => undefined;
  diag.setLogger({ error: warn, warn, info: nothing, debug: nothing, verbose: nothing }, DiagLogLevel.WARN);
}
