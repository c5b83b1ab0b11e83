import { LyceumError } from '@lyceum/errors';
import type { MethodShape } from './method.js';

/** Stands for a request that is not a message of its type. */
class Malformed {
  constructor(readonly cause: unknown) {}
}

/** grpc-js ends a call with INTERNAL when a request cannot be decoded; this lets the handler's side refuse it. */
export function readable(method: MethodShape): MethodShape {
  return {
    ...method,
    requestDeserialize: (bytes) => {
      try {
        return method.requestDeserialize(bytes);
      } catch (cause) {
        return new Malformed(cause);
      }
    },
  };
}

/** @throws LyceumError INVALID_FIELD for a request that could not be decoded. */
export function requireReadable(request: unknown): unknown {
  if (!(request instanceof Malformed)) return request;
  const cause = request.cause instanceof Error ? request.cause.message : String(request.cause);
  const description = `the request is not a message of the method's type: ${cause}`;
  throw new LyceumError('INVALID_FIELD', description, {
    violations: [{ field: '', description }],
    cause: request.cause,
  });
}
