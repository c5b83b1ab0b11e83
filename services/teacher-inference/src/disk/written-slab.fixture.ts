import type { SlabSpec } from './slab-layout.js';

/** Numbers of a row: many pages, so that a death can come in the middle of one. */
const size = 16_000;

/** What writers write that are killed. */
export function writtenSlab(view: string): SlabSpec {
  return { content: 'killed', view, sampleCount: 1200, tensors: [{ name: 'taps', shape: [size] }] };
}

/** The row of a sample: a number that no other row of any view has. */
export function expectedRow(view: string, index: number): Float32Array {
  return new Float32Array(size).fill(1 + Number(view) * 1200 + index);
}
