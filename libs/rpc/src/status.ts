import { Status } from '@lyceum/contracts/rpc-status';
import { codes, LyceumError, reasons, type Reason, type Violation } from '@lyceum/errors';
import { randomBytes } from 'node:crypto';
import { detailsOf, readDetails } from './status-details.js';

const maxViolations = 20;
/** C-core clients refuse metadata from 8 KiB on; base64 makes a third more of this. */
const maxStatusBytes = 4096;
const maxTextLength = 1000;

/**
 * An error as a `google.rpc.Status`, for in-band errors of streams and stored errors of tasks: code, message,
 * `ErrorInfo` and the standard details, at most 20 violations and 4 KiB. What is not a LyceumError is INTERNAL.
 *
 * @example yield { message: { $case: 'keys', value: { ...keys, error: statusFrom(error) } } };
 */
export function statusFrom(caught: unknown): Status {
  const error = describeInternal(LyceumError.from(caught));
  const message = shortenHeader(error.message);
  const clipped = error.violations.slice(0, maxViolations).map(({ field, description }) => ({
    field: shorten(field, 200),
    description: shorten(description, 300),
  }));
  for (let count = clipped.length; count >= 0; count -= 1) {
    const status = build(error, message, clipped.slice(0, count));
    if (Status.encode(status).finish().length < maxStatusBytes) return status;
  }
  return build(
    new LyceumError(error.reason, message, { retryAfterMs: error.retryAfterMs ?? undefined }),
    message,
    [],
  );
}

function build(error: LyceumError, message: string, violations: readonly Violation[]): Status {
  return { code: error.code, message, details: detailsOf(error, violations) };
}

/** INTERNAL is a fault of ours: its message tells the id under which the log has more. */
export function describeInternal(error: LyceumError, traceId = randomBytes(16).toString('hex')): LyceumError {
  if (error.reason !== 'INTERNAL' || error.metadata.traceId !== undefined) return error;
  const metadata = { ...error.metadata, traceId };
  return new LyceumError('INTERNAL', `internal error, trace ${traceId}: ${error.message}`, {
    ...error,
    metadata,
    cause: error,
  });
}

/** The message is a header too, where all but plain ASCII takes three bytes for one. */
function shortenHeader(text: string): string {
  let length = maxTextLength;
  while (encodeURI(shorten(text, length)).length > 2 * maxTextLength) length /= 2;
  return shorten(text, length);
}

/** Also mends lone surrogates, which cannot be sent. */
function shorten(text: string, length = maxTextLength): string {
  return Buffer.from(text.length > length ? `${text.slice(0, length - 1)}…` : text).toString();
}

/** Reasons for statuses that no Lyceum server made. */
const reasonByCode: Readonly<Record<number, Reason | undefined>> = {
  [codes.CANCELLED]: 'CANCELLED',
  [codes.INVALID_ARGUMENT]: 'INVALID_FIELD',
  [codes.DEADLINE_EXCEEDED]: 'TIMED_OUT',
  [codes.NOT_FOUND]: 'UNKNOWN_NAME',
  [codes.ALREADY_EXISTS]: 'ALREADY_EXISTS',
  [codes.PERMISSION_DENIED]: 'FORBIDDEN',
  [codes.RESOURCE_EXHAUSTED]: 'OVERLOADED',
  [codes.FAILED_PRECONDITION]: 'WRONG_STATE',
  [codes.ABORTED]: 'LEASE_LOST',
  [codes.OUT_OF_RANGE]: 'INDEX_OUT_OF_RANGE',
  [codes.UNIMPLEMENTED]: 'MISSING_DEPENDENCY',
  [codes.UNAVAILABLE]: 'UNREACHABLE',
  [codes.DATA_LOSS]: 'CORRUPT_FILE',
  [codes.UNAUTHENTICATED]: 'FORBIDDEN',
};

/** The way back: the error that `statusFrom` was given, or the nearest one for a status of another server. */
export function errorFromStatus(status: Pick<Status, 'code' | 'message'> & Partial<Status>): LyceumError {
  const { domain, reason, metadata, violations, retryAfterMs } = readDetails(status.details ?? []);
  const isOurs = domain === 'lyceum' && reason !== undefined && Object.hasOwn(reasons, reason);
  const nearest = reasonByCode[status.code] ?? 'INTERNAL';
  return new LyceumError(isOurs ? (reason as Reason) : nearest, status.message, {
    violations,
    metadata: isOurs ? metadata : { ...metadata, grpcCode: String(status.code) },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
