// IEEE 754 binary16 by integer arithmetic on the bits of binary32: JavaScript has no such array on Node 20.

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** Rounds to binary16, to nearest even; what is past 65504 by half a step or more becomes infinity. */
export function encodeHalf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i += 1) {
    const word = bits[i];
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude >= 0x38800000 && magnitude < 0x47800000) {
      // Rebiases the exponent by -112 and rounds: half a unit, less one unless the last kept bit is odd.
      out[i] = sign | ((magnitude - 0x37fff001 + ((magnitude >>> 13) & 1)) >>> 13);
    } else if (magnitude < 0x38800000) {
      out[i] = sign | subnormal(magnitude);
    } else {
      out[i] = sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
    }
  }
  return out;
}

/** Adding 0.5 moves the bits of a number below 2^-14 to where binary16 keeps them; the addition rounds. */
function subnormal(magnitude: number): number {
  scratchBits[0] = magnitude;
  scratch[0] += 0.5;
  return scratchBits[0] - 0x3f000000;
}

let table: Uint32Array | undefined;

/** Decodes binary16 into `target` from `offset` on; exact. */
export function decodeHalf(source: Uint16Array, target: Float32Array, offset = 0): void {
  table ??= halfTable();
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i += 1) bits[offset + i] = table[source[i]];
}

/** The binary32 of all 65536 binary16 words: 256 KiB, built at first use. */
function halfTable(): Uint32Array {
  const words = new Uint32Array(65536);
  for (let half = 0; half < 65536; half += 1) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) words[half] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent > 0) words[half] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else {
      scratch[0] = fraction * 2 ** -24;
      words[half] = sign | scratchBits[0];
    }
  }
  return words;
}
