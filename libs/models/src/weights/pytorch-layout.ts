import type { Parameter } from '../model.js';

type Kind = Parameter['kind'];

export interface Flat {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** `[kh, kw, I, O]` to `[O, I, kh, kw]`, `[kh, kw, C, M]` to `[C M, 1, kh, kw]`, `[in, out]` to `[out, in]`. */
export function toPytorch(kind: Kind, values: Flat): Flat {
  switch (kind) {
    case 'conv':
      return permute(values, [3, 2, 0, 1]);
    case 'depthwise':
      return { shape: pytorchShape(kind, values.shape), data: permute(values, [2, 3, 0, 1]).data };
    case 'dense':
      return permute(values, [1, 0]);
    default:
      return values;
  }
}

/** The way back, for a parameter whose shape on the engine is known; the shape has been checked. */
export function fromPytorch(kind: Kind, shape: readonly number[], data: Float32Array): Float32Array {
  switch (kind) {
    case 'conv':
      return permute({ shape: pytorchShape(kind, shape), data }, [2, 3, 1, 0]).data;
    case 'depthwise': {
      const [height, width, channels, multiplier] = shape;
      return permute({ shape: [channels, multiplier, height, width], data }, [2, 3, 0, 1]).data;
    }
    case 'dense':
      return permute({ shape: pytorchShape(kind, shape), data }, [1, 0]).data;
    default:
      return data;
  }
}

/** What PyTorch calls the shape of a parameter. */
export function pytorchShape(kind: Kind, shape: readonly number[]): readonly number[] {
  switch (kind) {
    case 'conv':
      return [shape[3], shape[2], shape[0], shape[1]];
    case 'depthwise':
      return [shape[2] * shape[3], 1, shape[0], shape[1]];
    case 'dense':
      return [shape[1], shape[0]];
    default:
      return shape;
  }
}

/** Axis `i` of the result is axis `order[i]` of the input. */
function permute({ shape, data }: Flat, order: readonly number[]): Flat {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const result = new Float32Array(data.length);
  const sizes = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  let written = 0;
  const walk = (axis: number, offset: number): void => {
    const size = sizes[axis];
    const step = steps[axis];
    if (axis === sizes.length - 1) {
      for (let place = 0; place < size; place += 1) result[written + place] = data[offset + place * step];
      written += size;
      return;
    }
    for (let place = 0; place < size; place += 1) walk(axis + 1, offset + place * step);
  };
  walk(0, 0);
  return { shape: sizes, data: result };
}
