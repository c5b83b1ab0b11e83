import { logSoftmax, tf } from '@lyceum/engine';

/** Logits `[N, C]`. */
export type Logits = tf.Tensor2D;

/** log softmax(logits / temperature) over classes, `[N, C]`. */
export function logProbabilities(logits: tf.Tensor, temperature = 1): Logits {
  return logSoftmax(temperature === 1 ? logits : tf.div(logits, temperature)) as Logits;
}

/**
 * Cross entropy of each sample with its label, `[N]`, at temperature 1.
 * @param smoothing share e of the target spread over all classes: (1 - e) onehot + e / C.
 */
export function labelCrossEntropies(logits: tf.Tensor, labels: tf.Tensor1D, smoothing = 0): tf.Tensor1D {
  const classes = logits.shape[1] ?? 0;
  const onehot = tf.cast(tf.oneHot(labels, classes), 'float32');
  const target = smoothing === 0 ? onehot : tf.add(tf.mul(onehot, 1 - smoothing), smoothing / classes);
  return crossEntropies(target, logProbabilities(logits));
}

/** Batch mean of the cross entropy with the labels. */
export function labelCrossEntropy(logits: tf.Tensor, labels: tf.Tensor1D, smoothing = 0): tf.Scalar {
  return tf.mean<tf.Scalar>(labelCrossEntropies(logits, labels, smoothing));
}

/** -sum_c p log q of each sample, `[N]`. */
export function crossEntropies(target: tf.Tensor, logProbability: tf.Tensor): tf.Tensor1D {
  return tf.neg(tf.sum<tf.Tensor1D>(tf.mul(target, logProbability), 1));
}

/**
 * KL(target || student) of softened softmaxes, summed over classes, batch mean; without the factor T^2.
 * 0 log 0 counts as 0, since log-probabilities stay finite. The target is a constant when its logits are.
 */
export function softKl(targetLogits: tf.Tensor, studentLogits: tf.Tensor, temperature: number): tf.Scalar {
  const logTarget = logProbabilities(targetLogits, temperature);
  const gap = tf.sub(logTarget, logProbabilities(studentLogits, temperature));
  return tf.mean<tf.Scalar>(tf.sum(tf.mul(tf.exp(logTarget), gap), 1));
}

/** Sum of terms, each times its weight; a weight of 0 leaves its term out. */
export function weightedSum(terms: readonly (readonly [weight: number, term: tf.Scalar])[]): tf.Scalar {
  const [first, ...rest] = terms
    .filter(([weight]) => weight !== 0)
    .map(([weight, term]) => (weight === 1 ? term : tf.mul<tf.Scalar>(term, weight)));
  return rest.reduce((sum, term) => tf.add<tf.Scalar>(sum, term), first ?? tf.scalar(0));
}
