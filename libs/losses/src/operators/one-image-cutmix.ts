import { tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { cutmixBox } from '@lyceum/image';
import { integer, number } from '../params.js';
import { defineOperator } from './operator.js';

/**
 * Cutmix of images alone, one box for the whole batch: its sides are int(size sqrt(1 - lambda)), its centre is given,
 * it is clipped at the borders, and what it holds comes from images[permutation]. No label is mixed, since the
 * teacher labels the mixed image. The authors draw lambda from Beta(1, 1) (in1k) or Beta(1/4, 1/4) (cifar).
 */
export const oneImageCutmix = defineOperator({
  id: 'one-image-cutmix',
  title: 'Cutmix of images',
  source: 'Asano, Saeed, ICLR 2023 (arXiv 2112.00725); single-img-extrapolating in1k/utils.py',
  rule: 'rows [row - side//2, row + side//2) and columns likewise, side = int(size sqrt(1 - lambda)), clipped, from images[permutation]',
  params: {
    lambda: number({ default: 0.5, min: 0, max: 1, doc: 'share of the image that stays' }),
    row: integer({ default: 0, min: 0, doc: "row of the box's centre" }),
    column: integer({ default: 0, min: 0, doc: "column of the box's centre" }),
  },
  inputs: [
    { name: 'images', doc: '[N, H, W, C]' },
    { name: 'permutation', doc: 'int32 [N], the image that each one is mixed with' },
  ],
  outputs: [
    { name: 'box', doc: 'int32 [4]: first row, row past the end, first column, column past the end' },
    { name: 'mixed', doc: '[N, H, W, C]' },
  ],
  vectors: { file: 'one-image', claims: ({ inputs }) => inputs.includes('permutation') },
  run: ({ params: { lambda, row, column }, inputs }) => {
    const [count, height, width] = inputs.images.shape;
    const permutation = Array.from(inputs.permutation.dataSync());
    if (permutation.length !== count || permutation.some((place) => place < 0 || place >= count))
      throw invalidField(
        'inputs.permutation',
        `must be ${count} numbers of 0 to ${count - 1}, found [${permutation.join(', ')}]`,
      );
    const [top, bottom, left, right] = cutmixBox({ lambda, row, column }, height, width);
    const inside = tf.outerProduct(within(top, bottom, height), within(left, right, width));
    const mask = tf.cast(tf.reshape(inside, [1, height, width, 1]), 'bool');
    const partners = tf.gather(inputs.images, inputs.permutation);
    return {
      box: tf.tensor1d([top, bottom, left, right], 'int32'),
      mixed: tf.where(tf.broadcastTo(mask, inputs.images.shape), partners, inputs.images),
    };
  },
});

function within(start: number, end: number, size: number): tf.Tensor1D {
  return tf.tensor1d(Array.from({ length: size }, (_, place) => (place >= start && place < end ? 1 : 0)));
}
