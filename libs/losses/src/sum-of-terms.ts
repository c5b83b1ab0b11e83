import { tf } from '@lyceum/engine';
import type { LossOutput } from './loss.js';

/** A loss that is the plain sum of named parts, such as one a layer; at least one part. */
export function sumOfTerms(parts: Iterable<readonly [name: string, term: tf.Scalar]>): LossOutput {
  const terms = Object.fromEntries(parts);
  return { value: Object.values(terms).reduce((sum, term) => tf.add<tf.Scalar>(sum, term)), terms };
}
