import { ApplyRequest, ApplyResponse } from '@lyceum/contracts/loss';
import { ExchangeResponse } from '@lyceum/contracts/peer';
import { DistillRequest, DistillResponse } from '@lyceum/contracts/teacher';
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

/** The method with the encoders that suit it. */
export function withBulkEncoders<M extends MethodShape>(method: M): M {
  return { ...method, ...bulkMethods[method.path] };
}
