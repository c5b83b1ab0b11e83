import { tf } from '@lyceum/engine';
import type { Random } from '@lyceum/random';
import { defineLoss, onlyKeys } from '../loss.js';
import { choice, number } from '../params.js';
import { crossEntropies, logProbabilities } from '../soft-labels.js';

/**
 * Dark knowledge with permuted predictions (Furlanello et al.: Born-Again Neural Networks, ICML 2018,
 * arXiv 1805.04770, equations 10 and 11): does the order of the wrong classes matter?
 *
 *     L = -1/N sum_n sum_c phi_n(p_n)_c log q_nc                                  p, q: softmax(z_t), softmax(z_s)
 *
 * phi keeps the probability of the teacher's argmax on that class and shuffles the others. The paper does not say
 * when it is drawn: here anew for each sample and step, from the step's stream. Labels are unused.
 */
export const dkpp = defineLoss({
  id: 'dkpp',
  title: 'Dark knowledge with permuted predictions',
  source: 'Furlanello et al., Born-Again Neural Networks, ICML 2018 (arXiv 1805.04770), equations 10-11',
  equation:
    'L = -1/N sum_n sum_c phi_n(softmax(z_t))_nc log softmax(z_s)_nc, phi permutes all classes but the argmax',
  params: {
    temperature: number({
      default: 1,
      min: 0,
      exclusiveMin: true,
      doc: 'softens both sides; the paper has 1',
    }),
    variant: choice({ default: 'paper', choices: ['paper'], doc: 'the paper is the only source' }),
  },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher'],
  extra: [
    {
      name: 'permutation',
      doc: 'int32 [N, C]: the class whose probability becomes the target of class c',
      from: 'random',
      half: 'value',
    },
  ],
  vectors: { file: 'ban', claims: ({ inputs }) => inputs.includes('permutation') },
  value: ({ params, student, keys, extra, random }) => {
    const { logits } = onlyKeys(keys);
    const permutation = extra.permutation ?? drawPermutation(logits, random('permutation'));
    const target = tf.exp(logProbabilities(logits, params.temperature));
    const permuted = gatherClasses(target, permutation as tf.Tensor2D);
    const logProbability = logProbabilities(student.logits, params.temperature);
    return { value: tf.mean<tf.Scalar>(crossEntropies(permuted, logProbability)) };
  },
});

/** target[n, permutation[n, c]], by flat positions: not every backend gathers row by row. */
function gatherClasses(target: tf.Tensor2D, permutation: tf.Tensor2D): tf.Tensor2D {
  const [batch, classes] = target.shape;
  const starts = tf.tensor2d(
    Int32Array.from({ length: batch }, (_, row) => row * classes),
    [batch, 1],
    'int32',
  );
  const places = tf.reshape(tf.add(permutation, starts), [-1]);
  return tf.reshape(tf.gather(tf.reshape(target, [-1]), tf.cast(places, 'int32')), [batch, classes]);
}

/** A permutation for each sample that leaves the argmax (first on ties) where it is. */
function drawPermutation(logits: tf.Tensor, random: Random): tf.Tensor2D {
  const [batch, classes] = logits.shape;
  const best = tf.tidy(() => tf.argMax(logits, 1).dataSync());
  const rows = new Int32Array(batch * classes);
  for (let row = 0; row < batch; row += 1) {
    const others = Array.from({ length: classes }, (_, index) => index).filter(
      (index) => index !== best[row],
    );
    const order = random.permutation(others.length);
    others.forEach((target, place) => (rows[row * classes + target] = others[order[place]]));
    rows[row * classes + best[row]] = best[row];
  }
  return tf.tensor2d(rows, [batch, classes], 'int32');
}
