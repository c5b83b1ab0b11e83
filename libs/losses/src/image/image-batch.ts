import { tf } from '@lyceum/engine';
import type { HostImage } from '@lyceum/image';

/** The images of a batch `[N, H, W, C]`. */
export function hostImages(batch: tf.Tensor4D): readonly HostImage[] {
  const [count, height, width, channels] = batch.shape;
  const values = Float64Array.from(batch.dataSync());
  const size = height * width * channels;
  return Array.from({ length: count }, (_, index) => ({
    height,
    width,
    channels,
    data: values.slice(index * size, (index + 1) * size),
  }));
}

/** Images of one size as a batch `[N, H, W, C]`. */
export function imageBatch(images: readonly HostImage[]): tf.Tensor4D {
  const [{ height, width, channels }] = images;
  const values = new Float32Array(images.length * height * width * channels);
  images.forEach(({ data }, index) => values.set(data, index * data.length));
  return tf.tensor4d(values, [images.length, height, width, channels]);
}
