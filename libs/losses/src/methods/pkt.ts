import { l2Normalize, safeSqrt, tf } from '@lyceum/engine';
import { defineLoss, onlyKeys } from '../loss.js';
import { asRows, gram } from '../pairwise.js';
import { choice, number } from '../params.js';

/**
 * Probabilistic knowledge transfer (Passalis, Tefas: Learning Deep Representations with Probabilistic Knowledge
 * Transfer, ECCV 2018, arXiv 1803.10837). With the cosine c_ij of two samples of the batch, of norms ||x|| + eps:
 *
 *     p_ij = (c_ij + 1) / sum_k (c_ik + 1)                                 the sample itself included
 *     L = 1/N^2 sum_ij p^t_ij log((p^t_ij + eps) / (p^s_ij + eps))
 *
 * The authors' nn/pkt.py, which RepDistiller and KD-Zoo (eps 1e-6) repeat: a mean over N^2, hence their weight of
 * 30000. A row of zeros gets gradient 0, where the original has NaN. The key is the embedding, which can be cached
 * and is exact in fp16; the teacher's probabilities would be N numbers a sample and good for one batch only.
 */
export const pkt = defineLoss({
  id: 'pkt',
  title: 'Probabilistic knowledge transfer',
  source:
    'Passalis, Tefas, Learning Deep Representations with Probabilistic Knowledge Transfer, ECCV 2018 (arXiv 1803.10837); probabilistic_kt nn/pkt.py, RepDistiller PKT.py',
  equation:
    'L = 1/N^2 sum_ij p^t_ij log((p^t_ij + eps)/(p^s_ij + eps)), p_ij = (cos_ij + 1)/sum_k (cos_ik + 1)',
  params: {
    eps: number({
      default: 1e-7,
      min: 0,
      exclusiveMin: true,
      doc: 'added to norms and probabilities; kd-zoo has 1e-6',
    }),
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'pkt-author', 'kd-zoo'],
      doc: 'same mathematics',
    }),
  },
  student: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  teacher: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  keySources: ['teacher', 'peer'],
  value: ({ params: { eps }, student, keys }) => {
    const target = probabilities(onlyKeys(keys).embed, eps);
    const mine = probabilities(student.embed, eps);
    const ratio = tf.sub(tf.log(tf.add(target, eps)), tf.log(tf.add(mine, eps)));
    return { value: tf.mean<tf.Scalar>(tf.mul(target, ratio)) };
  },
});

/** p `[N, N]`; each row sums to 1. */
function probabilities(embed: tf.Tensor, eps: number): tf.Tensor {
  const rows = asRows(embed);
  const norm = safeSqrt(tf.sum(tf.square(rows), 1, true));
  const unit = tf.mul<tf.Tensor2D>(l2Normalize(rows, 1, 1e-12), tf.div(norm, tf.add(norm, eps)));
  const similarity = tf.maximum(tf.add(gram(unit), 1), 0);
  return tf.div(similarity, tf.sum(similarity, 1, true));
}
