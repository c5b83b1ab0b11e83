import { representatives, type tf } from '@lyceum/engine';
import { boolean, integer, number } from '../params.js';
import { defineOperator } from './operator.js';

/**
 * Representative vectors and their maps (Gomez et al.: BR-NPA, 2022, arXiv 2106.02566), attention without parameters:
 * the engine's `representatives`, which models run ahead of their classifier; its equations are there. The classifier
 * reads the K vectors side by side.
 */
export const brNpaOperator = defineOperator({
  id: 'br-npa',
  title: 'Representative vectors and their maps (BR-NPA)',
  source:
    "Gomez, Ling, Freour, Mouchere, BR-NPA, Pattern Recognition 2022 (arXiv 2106.02566); the authors' modelBuilder.py",
  rule: 'K times: r = argmax score, m = sim(f, f_r) / sum sim, v = sum m f, score *= 1 - sim; score starts as |f| + eps',
  params: {
    vectors: integer({ default: 3, min: 1, doc: 'K, how many vectors and maps' }),
    refine: boolean({
      default: true,
      doc: 'whether a vector is the weighted mean, or its strongest place alone',
    }),
    eps: number({ default: 1e-5, min: 0, exclusiveMin: true, doc: 'added to every norm' }),
  },
  inputs: [{ name: 'student.layer1', doc: '[N, H, W, C], after ReLU' }],
  outputs: [
    { name: 'vectors', doc: '[N, K, C]' },
    { name: 'maps', doc: '[N, H, W, K], each sums to 1' },
    { name: 'index', doc: 'int32 [N, K], the chosen places, row by row' },
  ],
  vectors: { file: 'br-npa' },
  run: ({ params, inputs }) => {
    const { vectors: count, refine, eps } = params;
    const found = representatives(inputs['student.layer1'] as tf.Tensor4D, { count, refine, eps });
    return { vectors: found.vectors, maps: found.maps, index: found.index };
  },
});
