import { tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { cropBox } from '@lyceum/image';
import { integer, list } from '../params.js';
import { defineOperator } from './operator.js';

/**
 * Boxes of random patches of one picture, one for each row of uniform numbers (area, ratio, top, left) in [0, 1):
 *
 *     area = W H (lo + (hi - lo) u_1),   ratio = exp(log lo + (log hi - log lo) u_2)
 *     width = round(sqrt(area ratio)),   height = round(sqrt(area / ratio))            halves to even
 *     top = floor(u_3 (H - height + 1)),   left = floor(u_4 (W - width + 1))
 *
 * A box that does not fit is -1 in all four places: draw again. There is no centre crop to fall back on, which would
 * change the distribution of sizes.
 */
export const oneImageCropBoxes = defineOperator({
  id: 'one-image-crop-boxes',
  title: 'Boxes of random patches',
  source:
    'Asano, Saeed, ICLR 2023 (arXiv 2112.00725); single-img-extrapolating data_generation/make_single_img_dataset.py',
  rule: 'area and aspect ratio from two uniforms, the place from two more; -1 where the box does not fit',
  params: {
    width: integer({ default: 224, min: 1, doc: "the picture's columns" }),
    height: integer({ default: 224, min: 1, doc: "the picture's rows" }),
    scale: list({ default: [0.002, 1], length: 2, doc: "least and largest share of the picture's area" }),
    ratio: list({ default: [3 / 4, 4 / 3], length: 2, doc: 'least and largest width over height' }),
  },
  inputs: [{ name: 'uniforms', doc: '[N, 4] in [0, 1)' }],
  outputs: [{ name: 'boxes', doc: 'int32 [N, 4]: top, left, height, width' }],
  vectors: { file: 'one-image', claims: ({ inputs }) => inputs.includes('uniforms') },
  run: ({ params, inputs }) => {
    const { uniforms } = inputs;
    if (uniforms.rank !== 2 || uniforms.shape[1] !== 4)
      throw invalidField('inputs.uniforms', `must be [N, 4], found [${uniforms.shape.join(', ')}]`);
    const values = uniforms.dataSync();
    const count = uniforms.shape[0];
    const boxes = Array.from(
      { length: count },
      (_, row) => cropBox(Array.from(values.slice(4 * row, 4 * row + 4)), params) ?? noBox,
    );
    return { boxes: tf.tensor2d(boxes.flat(), [count, 4], 'int32') };
  },
});

const noBox = [-1, -1, -1, -1];
