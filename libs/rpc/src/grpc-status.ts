import { Metadata, status as grpcCodes, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { Status } from '@lyceum/contracts/rpc-status';
import { LyceumError } from '@lyceum/errors';
import { errorFromStatus, statusFrom } from './status.js';

const detailsHeader = 'grpc-status-details-bin';

/** How a call ends with an error: code, message, and the details in a trailer. */
export function toGrpcStatus(error: unknown): StatusObject {
  const status = statusFrom(error);
  const metadata = new Metadata();
  metadata.set(detailsHeader, Buffer.from(Status.encode(status).finish()));
  return { code: status.code, details: status.message, metadata };
}

/**
 * What a call of a client failed with: the LyceumError of the server, with reason, violations and
 * `retryAfterMs`, or UNREACHABLE, TIMED_OUT and the like for failures on the way.
 *
 * @param address Where the call went, for the message.
 */
export function toLyceumError(error: ServiceError, address: string): LyceumError {
  const [bytes] = error.metadata?.get(detailsHeader) ?? [];
  const stated = bytes instanceof Buffer ? decodeStatus(bytes) : undefined;
  if (stated !== undefined) return errorFromStatus(stated);
  const message =
    error.code === grpcCodes.UNAVAILABLE
      ? `cannot reach ${address}: ${error.details}`
      : `${address} answered ${grpcCodes[error.code]}: ${error.details}`;
  // grpc-js refuses by itself what is over the limit of either end.
  const tooLarge = error.code === grpcCodes.RESOURCE_EXHAUSTED && /larger than/.test(error.details);
  const reason = tooLarge ? 'BATCH_TOO_LARGE' : errorFromStatus({ code: error.code, message }).reason;
  return new LyceumError(reason, message, {
    metadata: { grpcCode: String(error.code) },
    cause: error,
  });
}

function decodeStatus(bytes: Buffer): Status | undefined {
  try {
    return Status.decode(bytes);
  } catch {
    return undefined;
  }
}
