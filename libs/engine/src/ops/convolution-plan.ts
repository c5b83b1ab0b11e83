/** How a convolution with PyTorch's symmetric padding is told to an engine that knows only `same` and `valid`. */
export interface AxisPlan {
  readonly outputSize: number;
  /** `same` where the engine's own rule pads alike; otherwise pad by hand, then `valid`. */
  readonly mode: 'same' | 'valid';
  /** Zeros to put before and after; 0 where `mode` is `same`. The end may stay unread, so `after` is often less than `before`. */
  readonly before: number;
  readonly after: number;
}

/** Plans one spatial axis. Output size as in PyTorch: `floor((size + 2 pad - kernel) / stride) + 1`. */
export function planAxis(size: number, kernel: number, stride: number, pad: number): AxisPlan {
  const outputSize = Math.floor((size + 2 * pad - kernel) / stride) + 1;
  const sameTotal = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  const isSame = outputSize === Math.ceil(size / stride) && Math.floor(sameTotal / 2) === pad;
  const after = Math.max(0, (outputSize - 1) * stride + kernel - size - pad);
  if (pad === 0 && after === 0) return { outputSize, mode: 'valid', before: 0, after: 0 };
  if (isSame) return { outputSize, mode: 'same', before: 0, after: 0 };
  return { outputSize, mode: 'valid', before: pad, after };
}

export interface ImagePlan {
  readonly rows: AxisPlan;
  readonly columns: AxisPlan;
  readonly mode: 'same' | 'valid';
  /** Whether zeros have to be put around the image by hand. */
  readonly padded: boolean;
}

/** Plans both axes; where only one would do with `same`, both are padded by hand. */
export function planImage(
  size: readonly [number, number],
  kernel: readonly [number, number],
  stride: number,
  pad: number,
): ImagePlan {
  const rows = planAxis(size[0], kernel[0], stride, pad);
  const columns = planAxis(size[1], kernel[1], stride, pad);
  if (rows.mode === columns.mode) {
    return {
      rows,
      columns,
      mode: rows.mode,
      padded: [rows, columns].some((axis) => axis.before + axis.after > 0),
    };
  }
  const byHand = (axis: AxisPlan, length: number, width: number): AxisPlan => ({
    outputSize: axis.outputSize,
    mode: 'valid',
    before: pad,
    after: Math.max(0, (axis.outputSize - 1) * stride + width - length - pad),
  });
  return {
    rows: byHand(rows, size[0], kernel[0]),
    columns: byHand(columns, size[1], kernel[1]),
    mode: 'valid',
    padded: true,
  };
}
