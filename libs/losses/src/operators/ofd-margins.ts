import type { tf } from '@lyceum/engine';
import { negativeMean } from '../negative-mean.js';
import { defineOperator } from './operator.js';

/** Margins of the overhaul of feature distillation: the mean of each channel's negative responses. */
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
  run: ({ inputs: { gamma, beta } }) => ({
    margins: negativeMean({ gamma: gamma as tf.Tensor1D, beta: beta as tf.Tensor1D }),
  }),
});
