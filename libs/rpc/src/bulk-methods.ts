import { ApplyRequest, ApplyResponse } from '@lyceum/contracts/loss';
import { ExchangeResponse } from '@lyceum/contracts/peer';
import { DistillRequest, DistillResponse } from '@lyceum/contracts/teacher';
import { record } from '@lyceum/telemetry';
import { encodeBulk } from './bulk-message.js';
import type { MethodShape } from './method.js';

type Serializers = Partial<Pick<MethodShape, 'requestSerialize' | 'responseSerialize'>>;

/** Methods whose messages carry tensors: encoded with one copy instead of several. */
const bulkMethods: Readonly<Record<string, Serializers | undefined>> = {
  '/lyceum.teacher.v1.TeacherService/Distill': {
    requestSerialize: (message: DistillRequest) => encodeBulk(DistillRequest, message),
    responseSerialize: (message: DistillResponse) => encodeBulk(DistillResponse, message),
  },
  '/lyceum.loss.v1.LossService/Apply': {
    requestSerialize: (message: ApplyRequest) => encodeBulk(ApplyRequest, message),
    responseSerialize: (message: ApplyResponse) => encodeBulk(ApplyResponse, message),
  },
  '/lyceum.peer.v1.PeerService/Exchange': {
    responseSerialize: (message: ExchangeResponse) => encodeBulk(ExchangeResponse, message),
  },
};

/** The method with the encoders that suit it; the bytes of bulk methods are counted. */
export function withBulkEncoders<M extends MethodShape>(method: M): M {
  const serializers = bulkMethods[method.path];
  return serializers === undefined ? method : counted({ ...method, ...serializers });
}

function counted<M extends MethodShape>(method: M): M {
  const attributes = { 'rpc.method': method.path.slice(1) };
  const sending = (serialize: (value: never) => Buffer) => (value: never) => {
    const bytes = serialize(value);
    record('lyceum.rpc.sent', bytes.length, attributes);
    return bytes;
  };
  const receiving = (deserialize: (bytes: Buffer) => unknown) => (bytes: Buffer) => {
    record('lyceum.rpc.received', bytes.length, attributes);
    return deserialize(bytes);
  };
  return {
    ...method,
    requestSerialize: sending(method.requestSerialize),
    requestDeserialize: receiving(method.requestDeserialize),
    responseSerialize: sending(method.responseSerialize),
    responseDeserialize: receiving(method.responseDeserialize),
  };
}
