import { LyceumError } from '@lyceum/errors';

/**
 * Narrows little-endian 64-bit integers to 32 bits.
 *
 * @throws LyceumError CORRUPT_FILE when a value does not fit.
 */
export function decodeLongs(bytes: Uint8Array, label: string): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.length / 8 }, (_, i) => {
    const low = view.getInt32(8 * i, true);
    if (view.getInt32(8 * i + 4, true) !== low >> 31) {
      throw new LyceumError(
        'CORRUPT_FILE',
        `${label}: element ${i} is ${view.getBigInt64(8 * i, true)}, which does not fit into 32 bits`,
      );
    }
    return low;
  });
}
