import { tf } from '@lyceum/engine';
import { choice, number } from '../params.js';
import { labelCrossEntropy, softKl } from '../soft-labels.js';
import { defineOperator } from './operator.js';

/**
 * One step of mutual learning of two linear classifiers z = x kernel + bias by plain gradient descent, in either
 * published order. Simultaneous (KD-Zoo): both losses come from the same forward passes. Sequential (the paper's
 * loop): network 2 sees the outputs of network 1 after its update.
 */
export const dmlStep = defineOperator({
  id: 'dml-step',
  title: 'One step of deep mutual learning',
  source:
    'Zhang et al., Deep Mutual Learning, CVPR 2018 (arXiv 1706.00384), algorithm 1; KD-Zoo train_dml.py',
  rule: 'net_k <- net_k - learningRate d/dnet_k [CE(z_k, y) + KL(p_peer || p_k)], both at once or one after the other',
  params: {
    learningRate: number({ default: 0.1, min: 0, doc: 'step size' }),
    temperature: number({ default: 1, min: 0, exclusiveMin: true, doc: 'softens both sides of the KL' }),
    momentum: number({ default: 0, min: 0, max: 0, doc: 'a first step has no velocity yet' }),
    variant: choice({
      default: 'paper',
      choices: ['paper', 'kd-zoo'],
      doc: 'paper: one after the other; kd-zoo: both at once',
    }),
  },
  inputs: [
    { name: 'images', doc: '[N, D]' },
    { name: 'labels', doc: 'int32 [N]' },
    { name: 'net<k>.kernel', doc: '[D, C], k = 1, 2' },
    { name: 'net<k>.bias', doc: '[C]' },
  ],
  outputs: [
    { name: 'net<k>.loss', doc: '[1], before the update' },
    { name: 'net<k>.kernel', doc: 'after the update' },
    { name: 'net<k>.bias', doc: 'after the update' },
  ],
  vectors: { file: 'dml' },
  run: ({ params, inputs }) => {
    const images = inputs.images as tf.Tensor2D;
    const labels = inputs.labels as tf.Tensor1D;
    const [first, second] = ['net1', 'net2'].map((name) => ({
      kernel: inputs[`${name}.kernel`],
      bias: inputs[`${name}.bias`],
    }));
    const one = updated(first, logitsOf(images, second), images, labels, params);
    const peer = params.variant === 'paper' ? one.net : first;
    const two = updated(second, logitsOf(images, peer), images, labels, params);
    return {
      'net1.loss': one.loss,
      'net1.kernel': one.net.kernel,
      'net1.bias': one.net.bias,
      'net2.loss': two.loss,
      'net2.kernel': two.net.kernel,
      'net2.bias': two.net.bias,
    };
  },
});

interface Linear {
  readonly kernel: tf.Tensor;
  readonly bias: tf.Tensor;
}

function logitsOf(images: tf.Tensor2D, { kernel, bias }: Linear): tf.Tensor2D {
  return tf.add(tf.matMul(images, kernel as tf.Tensor2D), bias);
}

function updated(
  net: Linear,
  peerLogits: tf.Tensor2D,
  images: tf.Tensor2D,
  labels: tf.Tensor1D,
  { learningRate, temperature }: { learningRate: number; temperature: number },
): { readonly loss: tf.Tensor; readonly net: Linear } {
  const objective = (kernel: tf.Tensor, bias: tf.Tensor): tf.Scalar => {
    const logits = logitsOf(images, { kernel, bias });
    return tf.add(labelCrossEntropy(logits, labels), softKl(peerLogits, logits, temperature));
  };
  const { value, grads } = tf.valueAndGrads(objective)([net.kernel, net.bias]);
  const moved = [net.kernel, net.bias].map((tensor, index) =>
    tf.sub(tensor, tf.mul(grads[index], learningRate)),
  );
  return { loss: tf.reshape(value, [1]), net: { kernel: moved[0], bias: moved[1] } };
}
