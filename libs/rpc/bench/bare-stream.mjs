const raw = (bytes) => bytes;

/** A stream of bytes without any encoding. */
export const bareMethod = {
  path: '/bench.Bare/Send',
  requestStream: false,
  responseStream: true,
  requestSerialize: raw,
  requestDeserialize: raw,
  responseSerialize: raw,
  responseDeserialize: raw,
};

/** What makes grpc-js fast over loopback; the library's own channels use the same. */
export const bareOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc-node.flow_control_window': 32 * 2 ** 20,
};
