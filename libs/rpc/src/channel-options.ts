import type { ChannelOptions } from '@grpc/grpc-js';

/** Largest message that is sent or received unless told otherwise: a batch of large images fits. */
export const defaultMaxMessageBytes = 256 * 2 ** 20;

/** Options that both ends of a channel share. */
export function channelOptions(maxMessageBytes = defaultMaxMessageBytes): ChannelOptions {
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // The default window stalls a stream of tensors after 64 KiB: a third of the throughput over loopback.
    'grpc-node.flow_control_window': 32 * 2 ** 20,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 20_000,
  };
}
