import type { CallContext } from './call-context.js';

/** A method as generated code defines it. */
export interface MethodShape {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (value: never) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (value: never) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}

/** A service as generated code defines it, for instance `TeacherServiceService`. */
export type ServiceShape = Readonly<Record<string, MethodShape>>;

export type RequestOf<M extends MethodShape> = ReturnType<M['requestDeserialize']>;
export type ResponseOf<M extends MethodShape> = ReturnType<M['responseDeserialize']>;

/** Methods of a service by whether requests and responses are streams. */
export type MethodName<
  S extends ServiceShape,
  RequestStream extends boolean,
  ResponseStream extends boolean,
> = {
  [K in keyof S]: S[K] extends { requestStream: RequestStream; responseStream: ResponseStream } ? K : never;
}[keyof S] &
  string;

type Input<M extends MethodShape> = M['requestStream'] extends true
  ? AsyncIterable<RequestOf<M>>
  : RequestOf<M>;
type Output<M extends MethodShape> = M['responseStream'] extends true
  ? AsyncIterable<ResponseOf<M>>
  : Promise<ResponseOf<M>>;

/** The handler of one method: promises for single messages, async iterables for streams. */
export type Handler<M extends MethodShape> = (input: Input<M>, context: CallContext) => Output<M>;

/** The handlers of a service by method name. */
export type Handlers<S extends ServiceShape> = { readonly [K in keyof S]: Handler<S[K]> };

/** The full name of a service, for instance "lyceum.teacher.v1.TeacherService". */
export function serviceName(service: ServiceShape): string {
  return Object.values(service)[0]?.path.split('/')[1] ?? '';
}
