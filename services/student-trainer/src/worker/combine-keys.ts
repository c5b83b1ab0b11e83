import { tf } from '@lyceum/engine';
import type { Combine } from '@lyceum/recipes';
import type { TensorMap } from '@lyceum/losses';

/** Whether a rule looks at what the sources answer, so that their logits are needed beside their keys. */
export function needsLogits(rule: Combine): boolean {
  return rule !== 'average';
}

/**
 * How much each source's key counts for each sample. With l_nm = log softmax(z_nm)[y_n], the log-likelihood that
 * source m gives the sample's label:
 *
 *     average: 1/M     attention: softmax_m(l_nm / temperature)     choice: 1 for the largest l_nm, the first of equals
 *
 * These rules are ours; papers differ in how they weigh teachers.
 * @param logits of each source, `[N, C]`; not read for `average`.
 * @returns `[N, M]`, rows sum to 1.
 */
export function sourceWeights(
  rule: Combine,
  { count, logits, labels }: { count: number; logits: readonly tf.Tensor[]; labels: tf.Tensor1D },
): tf.Tensor2D {
  if (rule === 'average') return tf.fill([labels.shape[0], count], 1 / count);
  const likelihoods = tf.stack(
    logits.map((z) => tf.sum(tf.mul(tf.logSoftmax(z), tf.oneHot(labels, z.shape[1] ?? 0)), 1)),
    1,
  ) as tf.Tensor2D;
  if (rule === 'choice') {
    const chosen = tf.oneHot(tf.argMax<tf.Tensor1D>(likelihoods, 1), count) as tf.Tensor2D;
    return tf.cast(chosen, 'float32');
  }
  const temperature = rule === 'attention' ? 1 : rule.temperature;
  return tf.softmax(tf.div<tf.Tensor2D>(likelihoods, temperature));
}

/**
 * The keys of several sources as those of one: for each sample the weighted sum.
 * @param keys one map for each source, of equal names and shapes `[N, ...]`.
 * @param weights `[N, M]`.
 */
export function combineKeys(keys: readonly TensorMap[], weights: tf.Tensor2D): Record<string, tf.Tensor> {
  const columns = tf.split(weights, keys.length, 1);
  const combined = Object.keys(keys[0]).map((name) => {
    const weighted = keys.map((source, m) => {
      const tensor = source[name];
      const ones = new Array<number>(tensor.rank - 1).fill(1);
      return tf.mul(tensor, tf.reshape(columns[m], [weights.shape[0], ...ones]));
    });
    return [name, tf.addN(weighted)] as const;
  });
  return Object.fromEntries(combined);
}
