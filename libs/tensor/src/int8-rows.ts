import { LyceumError } from '@lyceum/errors';
import { elementCount } from './host-tensor.js';
import type { EncodedFormat } from './encoded-format.js';
import { recordsOf } from './records.js';

/** Bytes of a row's scale. */
const scaleBytes = 4;
/** The largest byte; its negative is the smallest, so that zero is exact and signs are alike. */
const steps = 127;

/**
 * FP32 in one byte each with a scale a row, `ENCODING_INT8_ROWS`: off by half a 127th of the row's largest magnitude at
 * most. A scale for the whole tensor would save 4 bytes a row and cost what the rows differ in size.
 */
export const int8Rows: EncodedFormat = {
  name: 'INT8_ROWS',
  recordProblem: ({ shape }, bytes) => {
    const wanted = scaleBytes + elementCount(shape.slice(1));
    return bytes === wanted ? undefined : `${wanted} bytes (a scale and ${wanted - scaleBytes} elements)`;
  },
  decodeInto: (tensor, target, offset, field) => {
    const { count, bytes, view } = recordsOf(tensor);
    const size = bytes - scaleBytes;
    const elements = new Int8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let row = 0; row < count; row += 1) {
      const scale = view.getFloat32(row * bytes, true);
      if (!Number.isFinite(scale) || scale < 0) throw badScale(scale, row, field);
      const [from, to] = [row * bytes + scaleBytes, offset + row * size];
      for (let i = 0; i < size; i += 1) target[to + i] = scale * elements[from + i];
    }
  },
};

/** The records of `values`, rows of `size` finite elements. */
export function encodeInt8Rows(values: Float32Array, size: number): Uint8Array {
  const count = size === 0 ? 0 : values.length / size;
  const bytes = scaleBytes + size;
  const out = new Uint8Array(count * bytes);
  const [view, elements] = [new DataView(out.buffer), new Int8Array(out.buffer)];
  for (let row = 0; row < count; row += 1) {
    const from = row * size;
    let largest = 0;
    for (let i = 0; i < size; i += 1) largest = Math.max(largest, Math.abs(values[from + i]));
    const scale = scaleOf(largest);
    view.setFloat32(row * bytes, scale, true);
    if (scale === 0) continue;
    const to = row * bytes + scaleBytes;
    for (let i = 0; i < size; i += 1) {
      const value = values[from + i] / scale;
      elements[to + i] = Math.min(steps, Math.max(-steps, value < 0 ? value - 0.5 : value + 0.5));
    }
  }
  return out;
}

/** Rounded towards zero where 127 of it would be beyond binary32. */
function scaleOf(largest: number): number {
  const scale = Math.fround(largest / steps);
  return Number.isFinite(Math.fround(scale * steps)) ? scale : Math.fround(scale * (1 - 2 ** -23));
}

function badScale(scale: number, row: number, field: string): LyceumError {
  const description = `the scale of row ${row} must be finite and 0 or more, found ${scale}`;
  return new LyceumError('NON_FINITE', `${field}.data: ${description}`, {
    violations: [{ field: `${field}.data`, description }],
  });
}

/** Whether a tensor is smaller so than in FP32. */
export function gainsByInt8({ shape }: { readonly shape: readonly number[] }): boolean {
  return elementCount(shape.slice(1)) > 1;
}
