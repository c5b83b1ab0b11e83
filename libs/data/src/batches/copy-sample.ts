/** Where samples are copied from and to, and the size of each. */
export interface CopyPlan {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Copies a sample as it is. */
export function copyWhole(
  { from, to, height, width, channels }: CopyPlan,
  source: number,
  target: number,
): void {
  const size = height * width * channels;
  for (let i = 0; i < size; i += 1) to[target + i] = from[source + i];
}

/**
 * Copies a sample shifted: the pixel at (y, x) comes from (y + down, x + right), or is 0 outside the image; then
 * mirrored left to right if wanted.
 */
export function copyShifted(
  plan: CopyPlan,
  source: number,
  target: number,
  down: number,
  right: number,
  isMirrored: boolean,
): void {
  const { from, to, height, width, channels } = plan;
  const stride = width * channels;
  const first = Math.max(0, -right);
  const end = Math.min(width, width - right);
  for (let y = 0; y < height; y += 1) {
    const row = target + y * stride;
    const fromY = y + down;
    if (fromY < 0 || fromY >= height || first >= end) {
      for (let i = 0; i < stride; i += 1) to[row + i] = 0;
      continue;
    }
    const fromRow = source + fromY * stride + right * channels;
    if (isMirrored) mirrorRow(plan, fromRow, row, first, end);
    else {
      for (let i = 0; i < first * channels; i += 1) to[row + i] = 0;
      for (let i = first * channels; i < end * channels; i += 1) to[row + i] = from[fromRow + i];
      for (let i = end * channels; i < stride; i += 1) to[row + i] = 0;
    }
  }
}

function mirrorRow(
  { from, to, width, channels }: CopyPlan,
  fromRow: number,
  row: number,
  first: number,
  end: number,
): void {
  for (let x = 0; x < width; x += 1) {
    const pixel = row + (width - 1 - x) * channels;
    const isInside = x >= first && x < end;
    for (let c = 0; c < channels; c += 1) to[pixel + c] = isInside ? from[fromRow + x * channels + c] : 0;
  }
}

/** Sets a square of `side` pixels around (row, column) to 0, cut off at the border. */
export function cutOut(plan: CopyPlan, target: number, row: number, column: number, side: number): void {
  const { to, height, width, channels } = plan;
  const top = row - (side >> 1);
  const left = column - (side >> 1);
  const from = Math.max(0, left) * channels;
  const end = Math.min(width, left + side) * channels;
  for (let y = Math.max(0, top); y < Math.min(height, top + side); y += 1) {
    const start = target + y * width * channels;
    for (let i = from; i < end; i += 1) to[start + i] = 0;
  }
}
