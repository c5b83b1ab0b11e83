import { conv2dExplicit, resizeMap, tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { boolean } from '../params.js';
import { defineOperator } from './operator.js';

/**
 * A classifier's attention to a context network's code (after Tang et al., arXiv 1812.06663). Only the abstract was
 * read: this is our definition and no evidence about the paper. f: features of a stage after ReLU, c: the code.
 *
 *     u = c enlarged to H x W (bilinear, half-pixel centres),  a = sigmoid(conv1x1([f, u]) + b),  f' = f (1 + a)
 *
 * The gate is the student's, and stays at inference; the code is a constant.
 */
export const cdgcOperator = defineOperator({
  id: 'cdgc',
  title: 'Attention to a category-disentangled context (CDGC)',
  source:
    'Our definition and no evidence about the paper, of which only the abstract was read: Tang et al., 2018 (arXiv 1812.06663)',
  rule: 'attention = sigmoid(conv1x1 of [features, enlarged context] + bias), attended = features (1 + attention)',
  params: {
    perChannel: boolean({
      default: false,
      doc: 'whether each channel has a gate of its own, or all share one',
    }),
    residual: boolean({ default: true, doc: 'whether the features are multiplied by 1 + a, or by a alone' }),
  },
  inputs: [
    { name: 'student.layer1', doc: 'f [N, H, W, C]' },
    { name: 'teacher.context', doc: 'c [N, h, w, Cc]' },
  ],
  outputs: [
    { name: 'attention', doc: 'a [N, H, W, 1], or [N, H, W, C] with perChannel' },
    { name: 'attended', doc: "f' [N, H, W, C]" },
  ],
  vectors: { file: 'cdgc' },
  run: ({ params, inputs, weights }) => {
    const features = inputs['student.layer1'] as tf.Tensor4D;
    const context = inputs['teacher.context'] as tf.Tensor4D;
    const [, height, width, channels] = features.shape;
    const kernel = weights['gate.kernel'] as tf.Tensor4D;
    const shape = [1, 1, channels + context.shape[3], params.perChannel ? channels : 1];
    if (kernel.shape.join() !== shape.join()) {
      const found = `[${kernel.shape.join(', ')}]`;
      throw invalidField('weights.gate.kernel', `must have shape [${shape.join(', ')}], found ${found}`);
    }
    const enlarged = resizeMap(context, height, width, 'bilinear');
    const gate = conv2dExplicit(tf.concat([features, enlarged], 3), kernel, 1, 0);
    const attention = tf.sigmoid(tf.add(gate, weights['gate.bias']));
    return { attention, attended: tf.mul(features, params.residual ? tf.add(attention, 1) : attention) };
  },
});
