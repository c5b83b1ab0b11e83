import type { Picture } from './turn-image.js';

/** Each pixel the mean of the 3x3 around it, as far as they lie inside the image, rounded; `passes` times over. */
export function blurImage({ pixels, height, width, channels }: Picture, passes: number): Uint8Array {
  let from = pixels;
  for (let pass = 0; pass < passes; pass += 1) {
    const to = new Uint8Array(from.length);
    for (let i = 0; i < to.length; i += 1) {
      const place = Math.floor(i / channels);
      const [y, x] = [Math.floor(place / width), place % width];
      let [sum, count] = [0, 0];
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column += 1) {
          sum += from[(row * width + column) * channels + (i % channels)];
          count += 1;
        }
      }
      to[i] = Math.round(sum / count);
    }
    from = to;
  }
  return from;
}
