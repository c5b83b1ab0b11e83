/** What `startTelemetry` gives back. */
export interface Telemetry {
  /** Whether traces or metrics are sent anywhere. */
  readonly enabled: boolean;
  /** Sends what is waiting and stops, within 3 seconds. Never throws, also when the collector is away. */
  shutdown(): Promise<void>;
}

export interface TelemetryOptions {
  /** Name of the process, for instance "teacher"; `OTEL_SERVICE_NAME` overrides it. */
  readonly service: string;
}

const off: Telemetry = { enabled: false, shutdown: async () => undefined };

/**
 * Starts traces and metrics when `OTEL_*` says where to send them (`OTEL_EXPORTER_OTLP_ENDPOINT`, that of one
 * signal, or an exporter by name); otherwise does nothing and loads nothing. The first thing that `main` awaits.
 *
 * @example const telemetry = await startTelemetry({ service: 'teacher' });
 */
export async function startTelemetry({ service }: TelemetryOptions): Promise<Telemetry> {
  if (!isWanted(process.env)) return off;
  try {
    const { startSdk } = await import('./sdk.js');
    return { enabled: true, shutdown: startSdk(service) };
  } catch (error) {
    // Telemetry may fail, but must not take the process with it.
    const { logger } = await import('./logger.js');
    logger(service).warn({ error }, 'telemetry could not be started; going on without');
    return off;
  }
}

const switches = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  'OTEL_TRACES_EXPORTER',
  'OTEL_METRICS_EXPORTER',
];

function isWanted(env: NodeJS.ProcessEnv): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return false;
  return switches.some((name) => (env[name] ?? 'none') !== 'none' && env[name] !== '');
}
