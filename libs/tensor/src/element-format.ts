import { decodeBfloat, encodeBfloat } from './bfloat.js';
import { decodeHalf, encodeHalf } from './half.js';
import type { HostData, HostDtype } from './host-tensor.js';

/** How elements lie in bytes, little-endian, and what they are in memory. */
export interface ElementFormat {
  readonly name: 'FP32' | 'FP16' | 'BF16' | 'INT32' | 'UINT8';
  readonly byteCount: 1 | 2 | 4;
  readonly host: HostDtype;
  encode(data: HostData): Uint8Array;
  /** The elements as host data: a view of `bytes` where form and alignment allow it, else one copy. */
  decode(bytes: Uint8Array): HostData;
  /** Decodes into `target` from element `offset` on. */
  decodeInto(bytes: Uint8Array, target: HostData, offset: number): void;
}

export const formats = {
  FP32: plain('FP32', 4, 'f32', Float32Array),
  FP16: halved('FP16', encodeHalf, decodeHalf),
  BF16: halved('BF16', encodeBfloat, decodeBfloat),
  INT32: plain('INT32', 4, 'i32', Int32Array),
  UINT8: plain('UINT8', 1, 'u8', Uint8Array),
} as const satisfies Record<string, ElementFormat>;

export function allocate(dtype: HostDtype, count: number): HostData {
  if (dtype === 'f32') return new Float32Array(count);
  return dtype === 'i32' ? new Int32Array(count) : new Uint8Array(count);
}

type HostArrayClass = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => HostData;

function plain(
  name: ElementFormat['name'],
  byteCount: 1 | 4,
  host: HostDtype,
  View: HostArrayClass,
): ElementFormat {
  return {
    name,
    byteCount,
    host,
    encode: bytesOf,
    decode: (bytes) => {
      const { buffer, byteOffset, length } = aligned(bytes, byteCount);
      return new View(buffer, byteOffset, length / byteCount);
    },
    decodeInto: (bytes, target, offset) => bytesOf(target).set(bytes, offset * byteCount),
  };
}

function halved(
  name: ElementFormat['name'],
  encode: (values: Float32Array) => Uint16Array,
  decode: (source: Uint16Array, target: Float32Array, offset: number) => void,
): ElementFormat {
  const words = (bytes: Uint8Array) => {
    const { buffer, byteOffset, length } = aligned(bytes, 2);
    return new Uint16Array(buffer, byteOffset, length / 2);
  };
  return {
    name,
    byteCount: 2,
    host: 'f32',
    encode: (data) => bytesOf(encode(data as Float32Array)),
    decode: (bytes) => {
      const target = new Float32Array(bytes.length / 2);
      decode(words(bytes), target, 0);
      return target;
    },
    decodeInto: (bytes, target, offset) => decode(words(bytes), target as Float32Array, offset),
  };
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function aligned(bytes: Uint8Array, byteCount: number): Uint8Array {
  // Not `slice`: a Buffer's shares its memory.
  return bytes.byteOffset % byteCount === 0 ? bytes : new Uint8Array(bytes);
}
