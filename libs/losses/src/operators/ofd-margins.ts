import { tf } from '@lyceum/engine';
import { defineOperator } from './operator.js';

/**
 * Margins of the overhaul of feature distillation: the mean of a channel's negative responses, when its responses are
 * normal with mean beta and standard deviation |gamma|, as those of a batch norm are:
 *
 *     m = beta - |gamma| phi(beta / |gamma|) / Phi(-beta / |gamma|);   m = -3 |gamma| where Phi is not above 0.001
 */
export const ofdMargins = defineOperator({
  id: 'ofd-margins',
  title: 'Margins of the overhaul of feature distillation',
  source:
    "Heo et al., A Comprehensive Overhaul of Feature Distillation, ICCV 2019 (arXiv 1904.01866), section 3.2; the authors' distiller.py",
  rule: 'margin = E[x | x < 0], x normal (beta, gamma^2); -3 |gamma| where negative responses are rarer than 0.001',
  params: {},
  inputs: [
    { name: 'gamma', doc: "[C], scale of the batch norm ahead of the teacher's ReLU" },
    { name: 'beta', doc: '[C], its offset' },
  ],
  outputs: [{ name: 'margins', doc: '[C]' }],
  vectors: { file: 'ofd' },
  run: ({ inputs: { gamma, beta } }) => {
    // A channel that does not vary has a limit too: beta, or 0 where that is above 0.
    const deviation = tf.maximum(tf.abs(gamma), 1e-12);
    const ratio = tf.div(beta, deviation);
    const density = tf.div(tf.exp(tf.mul(tf.square(ratio), -0.5)), Math.sqrt(2 * Math.PI));
    const negative = tf.mul(tf.sub(1, tf.erf(tf.div(ratio, Math.SQRT2))), 0.5);
    const mean = tf.sub(beta, tf.mul(deviation, tf.div(density, tf.maximum(negative, 1e-3))));
    return { margins: tf.where(tf.greater(negative, 1e-3), mean, tf.mul(deviation, -3)) };
  },
});
