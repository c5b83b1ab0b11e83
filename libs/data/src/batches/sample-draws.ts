import { hashOf } from '@lyceum/random';

// Random numbers that are computed from their place instead of drawn one after another: a sample's choices need no
// generator object of their own, and switching one augmentation on leaves the choices of the others alone.

/** What a draw decides; part of its name, so these numbers must never change. */
export const draws = { cropRow: 0, cropColumn: 1, flip: 2, cutoutRow: 3, cutoutColumn: 4 } as const;

/** The common part of all draws of one seed and view. */
export function viewKey(seed: number, view: number): number {
  return hashOf(`${seed}/augmentation/${view}`);
}

/** A whole number in [0, bound), decided by view key, sample index and draw alone. Bounds stay far below 2^32. */
export function drawInteger(key: number, index: number, draw: number, bound: number): number {
  const word = mix(mix(key ^ Math.imul(index + 1, 0x9e3779b1)) + Math.imul(draw + 1, 0x85ebca6b));
  return Math.floor(((word >>> 0) * bound) / 0x1_0000_0000);
}

/** A 32-bit finaliser: every input bit changes about half of the output bits. */
function mix(value: number): number {
  const first = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  const second = Math.imul(first ^ (first >>> 15), 0x846ca68b);
  return second ^ (second >>> 16);
}
