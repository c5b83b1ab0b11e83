import { buildImage, type HostImage } from '@lyceum/image';
import { createRandom } from '@lyceum/random';

/** What the made-up picture is called where its file's name would stand. */
export const madePictureName = 'a made-up picture of marble, 512 x 512';

const side = 512;
const octaves = 7;

/**
 * A picture with detail at every scale, for machines without a photograph: marble, that is waves bent by octave noise,
 * and octave noise on top. Channels share their veins and differ in colour.
 */
export function madePicture(channels: number): HostImage {
  const bend = octaveNoise('bend');
  const grain = octaveNoise('grain');
  const tints = Array.from({ length: channels }, (_, channel) => octaveNoise(`tint ${channel}`));
  return buildImage(side, side, channels, (row, column, channel) => {
    const place = row * side + column;
    const vein = Math.sin(0.04 * (row + column) + 14 * bend[place]);
    const value = 0.5 + 0.3 * vein + 0.35 * grain[place] + 0.35 * tints[channel][place];
    return Math.min(1, Math.max(0, value));
  });
}

/** Seven grids of random numbers, each twice as fine and 0.6 as strong as the one before, bilinear between them. */
function octaveNoise(name: string): Float64Array {
  const noise = new Float64Array(side * side);
  for (let octave = 0; octave < octaves; octave += 1) {
    const cell = side >> (octave + 2);
    const strength = 0.6 ** octave;
    const cells = side / cell + 1;
    const random = createRandom(0, 'made-picture', name, octave);
    const grid = Float64Array.from({ length: cells * cells }, () => 2 * random.uniform() - 1);
    for (let row = 0; row < side; row += 1) {
      const [y, down] = [Math.floor(row / cell), (row % cell) / cell];
      for (let column = 0; column < side; column += 1) {
        const [x, right] = [Math.floor(column / cell), (column % cell) / cell];
        const at = y * cells + x;
        const upper = grid[at] * (1 - right) + grid[at + 1] * right;
        const lower = grid[at + cells] * (1 - right) + grid[at + cells + 1] * right;
        noise[row * side + column] += strength * (upper * (1 - down) + lower * down);
      }
    }
  }
  return noise;
}
