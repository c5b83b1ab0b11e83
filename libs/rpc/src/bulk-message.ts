import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import { SegmentWriter } from './segment-writer.js';

interface MessageType<T> {
  encode(message: T, writer: BinaryWriter): BinaryWriter;
}

/**
 * Encodes a message that carries tensors. The result stands in for a Buffer where grpc-js frames a message:
 * there it asks for the length and for one copy behind the frame's head, which is the only copy made.
 */
export function encodeBulk<T>(type: MessageType<T>, message: T): Buffer {
  const writer = new SegmentWriter();
  type.encode(message, writer);
  const { segments, byteCount } = writer.segments();
  return new SegmentedMessage(segments, byteCount) as unknown as Buffer;
}

class SegmentedMessage {
  readonly byteLength: number;

  constructor(
    private readonly segments: readonly Uint8Array[],
    readonly length: number,
  ) {
    this.byteLength = length;
  }

  copy(target: Uint8Array, targetStart = 0): number {
    let at = targetStart;
    for (const segment of this.segments) {
      target.set(segment, at);
      at += segment.byteLength;
    }
    return this.length;
  }
}
