/** One image, `[height, width, channels]` flat. */
export interface Picture {
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Fractions are counted in 1/65536: whole numbers alone give the same bits on every machine. */
const one = 65536;
const half = one / 2;

/**
 * An image turned counter-clockwise about its centre, bilinear, 0 outside. 0 degrees gives the same pixels; so do
 * quarter turns of square images, turned.
 */
export function turnImage(picture: Picture, degrees: number): Uint8Array {
  const { height, width, channels, pixels } = picture;
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.round(Math.cos(angle) * one), Math.round(Math.sin(angle) * one)];
  const out = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      // Twice the distance from the centre, which is a whole number.
      const [dx, dy] = [2 * x - (width - 1), 2 * y - (height - 1)];
      const fromX = half * (width - 1) + (cos * dx - sin * dy) / 2;
      const fromY = half * (height - 1) + (sin * dx + cos * dy) / 2;
      const target = (y * width + x) * channels;
      for (let c = 0; c < channels; c += 1) out[target + c] = sampled(picture, fromX, fromY, c);
    }
  }
  return out;
}

/** The value between four pixels, at a place in 1/65536 of a pixel. */
function sampled(picture: Picture, x: number, y: number, channel: number): number {
  const [left, top] = [Math.floor(x / one), Math.floor(y / one)];
  const [right, down] = [Math.floor(x - left * one), Math.floor(y - top * one)];
  const at = (row: number, column: number) => pixelOf(picture, row, column, channel);
  const upper = at(top, left) * (one - right) + at(top, left + 1) * right;
  const lower = at(top + 1, left) * (one - right) + at(top + 1, left + 1) * right;
  return Math.round((upper * (one - down) + lower * down) / (one * one));
}

function pixelOf(
  { pixels, height, width, channels }: Picture,
  row: number,
  column: number,
  c: number,
): number {
  const isInside = row >= 0 && row < height && column >= 0 && column < width;
  return isInside ? pixels[(row * width + column) * channels + c] : 0;
}
