import { LyceumError } from '@lyceum/errors';

/** Element types that tensors have in memory. */
export type HostDtype = 'f32' | 'i32' | 'u8';

export type HostData = Float32Array | Int32Array | Uint8Array;

/** A dense row-major tensor off the engine; feature maps are NHWC. */
export interface HostTensor {
  readonly name: string;
  readonly dtype: HostDtype;
  /** Sizes, outermost first; empty for a scalar. */
  readonly shape: number[];
  /** `product(shape)` elements of the class that `dtype` names. May be a view of a larger buffer. */
  readonly data: HostData;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/**
 * A tensor over `data`, not copied; the element type is read off the array's class.
 *
 * @throws LyceumError SHAPE_MISMATCH when shape and data disagree.
 * @example hostTensor('labels', Int32Array.of(3, 1), [2])
 */
export function hostTensor(
  name: string,
  data: HostData,
  shape: readonly number[] = [data.length],
): HostTensor {
  if (elementCount(shape) !== data.length) {
    const description = `shape [${shape.join(', ')}] has ${elementCount(shape)} elements, the data ${data.length}`;
    throw new LyceumError('SHAPE_MISMATCH', `${name}: ${description}`, {
      violations: [{ field: name, description }],
    });
  }
  return { name, dtype: dtypeOf(data), shape: [...shape], data };
}

function dtypeOf(data: HostData): HostDtype {
  if (data instanceof Float32Array) return 'f32';
  return data instanceof Int32Array ? 'i32' : 'u8';
}
