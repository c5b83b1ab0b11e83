import { buildImage, eachPixel, grayOf, type HostImage } from '@lyceum/image';

/** What happens to a stored patch when it is trained on. */
export interface TrainingChange {
  readonly grayscale: boolean;
  readonly solarize: boolean;
  readonly flip: boolean;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Turns a patch gray, inverts its bright values, normalises and mirrors it, each where asked. */
export function trainingView(
  image: HostImage,
  { grayscale, solarize, flip, mean, std }: TrainingChange,
): HostImage {
  const coloured = eachPixel(image, (pixel) => {
    const gray = grayscale ? pixel.map(() => grayOf(pixel)) : pixel;
    const shown = solarize ? gray.map((value) => (value >= 0.5 ? 1 - value : value)) : gray;
    return shown.map((value, channel) => (value - mean[channel]) / std[channel]);
  });
  const { height, width, channels, data } = coloured;
  if (!flip) return coloured;
  return buildImage(
    height,
    width,
    channels,
    (row, column, channel) => data[(row * width + width - 1 - column) * channels + channel],
  );
}
