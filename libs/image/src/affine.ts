import { buildImage, type HostImage } from './host-image.js';

/** A 2x3 matrix, row-major: where a place of the result comes from, both counted from the centre. */
export type SourceMatrix = readonly [number, number, number, number, number, number];

/** The source of a rotation by `angle` and an x-shear by `shear`, both in degrees: the shear is done first. */
export function rotationAndShear(angle: number, shear: number): SourceMatrix {
  const [turn, slant] = [angle, shear].map((degrees) => (degrees * Math.PI) / 180);
  const [sine, cosine, slope] = [Math.sin(turn), Math.cos(turn), Math.tan(slant)];
  return [cosine - sine * slope, sine + cosine * slope, 0, -sine, cosine, 0];
}

/** Moves an image about its centre, bilinear, 0 outside; pixel centres lie at halves. */
export function moved(image: HostImage, matrix: SourceMatrix): HostImage {
  const { height, width, channels, data } = image;
  const at = (row: number, column: number, channel: number): number =>
    row < 0 || row >= height || column < 0 || column >= width
      ? 0
      : data[(row * width + column) * channels + channel];
  return buildImage(height, width, channels, (row, column, channel) => {
    const x = column + 0.5 - width / 2;
    const y = row + 0.5 - height / 2;
    const sourceColumn = matrix[0] * x + matrix[1] * y + matrix[2] + width / 2 - 0.5;
    const sourceRow = matrix[3] * x + matrix[4] * y + matrix[5] + height / 2 - 0.5;
    const [top, left] = [Math.floor(sourceRow), Math.floor(sourceColumn)];
    const [down, right] = [sourceRow - top, sourceColumn - left];
    const upper = (1 - right) * at(top, left, channel) + right * at(top, left + 1, channel);
    const lower = (1 - right) * at(top + 1, left, channel) + right * at(top + 1, left + 1, channel);
    return (1 - down) * upper + down * lower;
  });
}
