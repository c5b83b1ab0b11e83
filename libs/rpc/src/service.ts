import type { ServiceDefinition } from '@grpc/grpc-js';
import { withBulkEncoders } from './bulk-methods.js';
import { readable } from './malformed.js';
import { serviceName, type Handlers, type ServiceShape } from './method.js';

/** A service with its handlers, ready to be served. */
export interface ServedService {
  readonly name: string;
  readonly definition: ServiceDefinition;
  readonly handlers: Readonly<Record<string, (input: never, context: never) => unknown>>;
}

/**
 * Joins a generated service with its handlers. A handler may throw a LyceumError, which becomes the status of
 * the call; anything else thrown becomes INTERNAL, and the server lives on.
 *
 * @example
 * defineService(TeacherServiceService, {
 *   getTeacher: async ({ name }) => ({ teacher: find(name) }),
 *   async *distill(requests, { signal }) {
 *     for await (const { message } of requests) yield await answer(message, signal);
 *   },
 * });
 */
export function defineService<S extends ServiceShape>(
  service: S,
  // Written out: with `Handlers<S>` itself, literals that generators yield would be widened.
  handlers: { readonly [K in keyof S]: Handlers<S>[K] },
): ServedService {
  const methods = Object.entries(service).map(([name, method]) => [name, readable(withBulkEncoders(method))]);
  return {
    name: serviceName(service),
    definition: Object.fromEntries(methods) as ServiceDefinition,
    handlers,
  };
}
