import { LyceumError, type ErrorRecord, type Reason } from '@lyceum/errors';

/** SQLSTATE codes and system codes by what they mean to a caller. */
const reasonOf: Readonly<Record<string, Reason | undefined>> = {
  ECONNREFUSED: 'UNREACHABLE',
  ECONNRESET: 'UNREACHABLE',
  EPIPE: 'UNREACHABLE',
  ENOENT: 'UNREACHABLE',
  ENOTFOUND: 'UNREACHABLE',
  ETIMEDOUT: 'UNREACHABLE',
  '57P01': 'UNREACHABLE',
  '57P02': 'UNREACHABLE',
  '57P03': 'UNREACHABLE',
  '25P03': 'UNREACHABLE',
  '53300': 'OVERLOADED',
  '53100': 'DISK_FULL',
  '28000': 'FORBIDDEN',
  '28P01': 'FORBIDDEN',
  '42501': 'FORBIDDEN',
  '3D000': 'UNKNOWN_NAME',
  '40001': 'NOT_READY',
  '40P01': 'NOT_READY',
  '55P03': 'NOT_READY',
};

/** What to call an error of the database; INTERNAL when it is a fault of ours. */
export function storeError(error: unknown): LyceumError {
  if (error instanceof LyceumError) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  const message = error instanceof Error ? error.message : String(error);
  const known =
    typeof code === 'string'
      ? (reasonOf[code] ?? (code.startsWith('08') ? 'UNREACHABLE' : undefined))
      : undefined;
  const reason =
    known ??
    (/connection (terminated|ended)|not queryable|timeout exceeded when trying to connect/i.test(message)
      ? 'UNREACHABLE'
      : undefined);
  if (reason === undefined) return LyceumError.from(error);
  const wait = reason === 'UNREACHABLE' || reason === 'NOT_READY' || reason === 'OVERLOADED';
  return new LyceumError(reason, `state database: ${message}`, {
    cause: error,
    ...(wait ? { retryAfterMs: 500 } : {}),
  });
}

/** Whether the work of a whole transaction may be done again: it was undone, or its connection broke. */
export function mayTryAgain(error: LyceumError): boolean {
  return error.reason === 'NOT_READY' || error.reason === 'UNREACHABLE';
}

const worthARetry: readonly string[] = ['UNAVAILABLE', 'ABORTED', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED'];

/** Whether a task that failed so may succeed another time: what it needs was away, late or full. */
export function isRetryable(error: ErrorRecord): boolean {
  return worthARetry.includes(LyceumError.fromRecord(error).codeName);
}
