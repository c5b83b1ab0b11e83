import { tf } from '@lyceum/engine';

/**
 * The label that the `k` most similar of a bank's samples have most often; of labels that occur equally often the one
 * whose nearest sample is nearer, of equally similar samples the first. For each row and each of `ks`.
 *
 * @param similarities `[rows, bank]`.
 * @param labels of the bank: `[bank]`.
 * @returns by k, one label a row: `[rows]`.
 */
export function nearestLabels(
  similarities: tf.Tensor2D,
  labels: Int32Array,
  ks: readonly number[],
): ReadonlyMap<number, Int32Array> {
  const [rowCount, bank] = similarities.shape;
  const most = Math.min(Math.max(...ks), bank);
  const { values, indices } = tf.topk(similarities, most);
  const nearest = indices.dataSync<'int32'>();
  tf.dispose([values, indices]);
  const voteOf = (row: number, k: number): number => {
    const voters = nearest.subarray(row * most, row * most + Math.min(k, most));
    return mostOften(Array.from(voters, (index) => labels[index]));
  };
  return new Map(ks.map((k) => [k, Int32Array.from({ length: rowCount }, (_, row) => voteOf(row, k))]));
}

/** The most frequent label; of several the one that comes first. */
function mostOften(labels: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return labels.find((label) => counts.get(label) === most) ?? -1;
}
