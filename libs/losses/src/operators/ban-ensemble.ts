import { tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { numberedNames } from '../slots.js';
import { defineOperator } from './operator.js';

/** The born-again ensemble: mean of the generations' softmax outputs (not of their logits), and its argmax. */
export const banEnsemble = defineOperator({
  id: 'ban-ensemble',
  title: 'Born-again ensemble',
  source: 'Furlanello et al., Born-Again Neural Networks, ICML 2018 (arXiv 1805.04770), section 3.2',
  rule: 'probabilities = mean over generations of softmax(logits); predictions = argmax',
  params: {},
  inputs: [{ name: 'generation<k>.logits', doc: 'logits [N, C] of generation k, counted from 1' }],
  outputs: [
    { name: 'probabilities', doc: '[N, C]' },
    { name: 'predictions', doc: 'int32 [N]' },
  ],
  vectors: { file: 'ban', derived: ['generations'] },
  run: ({ inputs }) => {
    const byGeneration = Object.fromEntries(
      Object.entries(inputs).map(([name, logits]) => [name.replace('.logits', ''), logits]),
    );
    const generations = numberedNames('generation', Object.keys(byGeneration));
    if (generations.length === 0) throw invalidField('inputs', 'at least one generation<k>.logits is needed');
    const outputs = generations.map((name) => tf.softmax(byGeneration[name]));
    const probabilities = tf.div(tf.addN(outputs), outputs.length);
    return { probabilities, predictions: tf.argMax(probabilities, 1) };
  },
});
