import { trace } from '@opentelemetry/api';
import { createRequire } from 'node:module';
import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const secrets = ['token', 'password', 'secret', 'authorization', 'accessKey', 'secretKey'];

/**
 * The logger of a process, to standard error: lines of JSON, or coloured text on a terminal. The level comes
 * from `LYCEUM_LOG_LEVEL` (trace, debug, info, warn, error, fatal, silent; default info). Lines written inside
 * a span carry its `traceId`. Secrets by their usual names are not shown.
 *
 * @param service Name of the process, for instance "teacher".
 * @example logger('teacher').info({ address }, 'listening')
 */
export function logger(service: string, destination: DestinationStream = standardError()): Logger {
  const wanted = process.env.LYCEUM_LOG_LEVEL?.toLowerCase() ?? '';
  const level = levels.includes(wanted) ? wanted : 'info';
  const log = pino(
    {
      level,
      base: { service, pid: process.pid },
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.err, err: stdSerializers.err },
      redact: { paths: secrets.flatMap((name) => [name, `*.${name}`]), censor: '[hidden]' },
      mixin: traceFields,
    },
    destination,
  );
  if (wanted !== '' && wanted !== level)
    log.warn(`LYCEUM_LOG_LEVEL must be one of ${levels.join(', ')}, found "${wanted}"`);
  return log;
}

function traceFields(): object {
  const traceId = trace.getActiveSpan()?.spanContext().traceId;
  return traceId === undefined ? {} : { traceId };
}

/** Written at once: a line just before a crash is the one that is needed. */
function standardError(): DestinationStream {
  if (!process.stderr.isTTY) return pino.destination({ fd: 2, sync: true });
  // Loaded only where a person reads along.
  const pretty = createRequire(import.meta.url)('pino-pretty') as (options: object) => DestinationStream;
  return pretty({
    destination: 2,
    sync: true,
    colorize: true,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss',
  });
}
