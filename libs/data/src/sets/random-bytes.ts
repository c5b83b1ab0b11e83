import { createRandom } from '@lyceum/random';

/** Fills bytes with random ones, the same for the same seed and path. */
export function randomBytes(bytes: Uint8Array, seed: number, ...path: (string | number)[]): Uint8Array {
  const random = createRandom(seed, ...path);
  for (let at = 0; at < bytes.length; at += 4) {
    const word = random.uint32();
    for (let i = 0; i < 4 && at + i < bytes.length; i += 1) bytes[at + i] = word >>> (8 * i);
  }
  return bytes;
}
