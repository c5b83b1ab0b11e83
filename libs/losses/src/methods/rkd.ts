import { l2Normalize, tf } from '@lyceum/engine';
import { huber } from '../huber.js';
import { defineLoss, onlyKeys } from '../loss.js';
import { asRows, otherSamples, pairDifferences } from '../pairwise.js';
import { choice, number } from '../params.js';
import { weightedSum } from '../soft-labels.js';

/**
 * Relational knowledge distillation (Park, Kim, Lu, Cho: Relational Knowledge Distillation, CVPR 2019,
 * arXiv 1904.05068, sections 3.2.1 and 3.2.2). e_i: embeddings of the batch; their widths may differ.
 *
 *     psi_D(i, j) = ||e_i - e_j|| / mu,   mu: mean over all i != j
 *     psi_A(i; j, k) = <u_ij, u_ik>,   u_ij = (e_j - e_i) / ||e_j - e_i||
 *     L = distanceWeight 1/N^2 sum_ij h(psi_D^s - psi_D^t) + angleWeight 1/N^3 sum_ijk h(psi_A^s - psi_A^t)
 *
 * h: Huber with threshold 1. As lenscloth/RKD metric/loss.py, RepDistiller, mdistiller and KD-Zoo: distances are at
 * least 1e-6, the diagonal is 0, means run over all entries, the student's mu carries gradient. Of samples that
 * coincide the angles get gradient 0 (1e12 in the original). The key is the embedding: cacheable and valid in any
 * batch, and smaller than the angles.
 */
export const rkd = defineLoss({
  id: 'rkd',
  title: 'Relational knowledge distillation',
  source:
    'Park, Kim, Lu, Cho, Relational Knowledge Distillation, CVPR 2019 (arXiv 1904.05068); lenscloth/RKD metric/loss.py, RepDistiller RKD.py',
  equation:
    'L = distanceWeight mean_ij h(d_ij^s/mu_s - d_ij^t/mu_t) + angleWeight mean_ijk h(<u_ij^s, u_ik^s> - <u_ij^t, u_ik^t>)',
  params: {
    distanceWeight: number({ default: 25, min: 0, doc: 'weight of the distances; the authors have 1' }),
    angleWeight: number({ default: 50, min: 0, doc: 'weight of the angles; the authors have 2' }),
    variant: choice({
      default: 'repdistiller',
      choices: ['repdistiller', 'mdistiller', 'kd-zoo', 'rkd-author'],
      doc: 'same mathematics',
    }),
  },
  student: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  teacher: [{ name: 'embed', kind: 'embedding', defaultTaps: 'pooled' }],
  keySources: ['teacher', 'peer'],
  vectors: {
    implied: ({ name, variant }) => {
      if (variant !== 'rkd-author') return {};
      if (name.includes('angle')) return { distanceWeight: 0, angleWeight: 1 };
      return name.includes('distance') ? { distanceWeight: 1, angleWeight: 0 } : {};
    },
  },
  value: ({ params, student, keys }) => {
    const { distanceWeight, angleWeight } = params;
    const sides = [student.embed, onlyKeys(keys).embed].map((embed) => pairDifferences(asRows(embed)));
    const [mine, theirs] = sides;
    const terms = {
      ...(distanceWeight === 0 ? {} : { distance: gap(distances(mine), distances(theirs)) }),
      ...(angleWeight === 0 ? {} : { angle: gap(angles(mine), angles(theirs)) }),
    };
    const weights = { distance: distanceWeight, angle: angleWeight };
    const parts = Object.entries(terms).map(
      ([name, term]) => [weights[name as keyof typeof weights], term] as const,
    );
    return { value: weightedSum(parts), terms };
  },
});

function gap(student: tf.Tensor, teacher: tf.Tensor): tf.Scalar {
  return tf.mean<tf.Scalar>(huber(tf.sub(student, teacher)));
}

/** psi_D `[N, N]`; 0 for a batch of one, which has no pairs. */
function distances(differences: tf.Tensor3D): tf.Tensor {
  const count = differences.shape[0];
  const squares = tf.maximum(tf.sum(tf.square(differences), 2), 1e-12);
  const lengths = tf.mul(tf.sqrt(squares), otherSamples(count));
  const mean = tf.div(tf.sum(lengths), Math.max(1, count * (count - 1)));
  return tf.div(lengths, tf.maximum(mean, 1e-12));
}

/** psi_A `[N, N, N]`, vertex first. */
function angles(differences: tf.Tensor3D): tf.Tensor {
  const directions = l2Normalize(differences, 2, 1e-12);
  return tf.matMul(directions, directions, false, true);
}
