/**
 * The label that the `k` most similar of a bank's samples have most often; of labels that occur equally often the one
 * whose nearest sample is nearer, of equally similar samples the first. For each row and each of `ks`.
 *
 * @param similarities `[rows, bank]`, flat.
 * @param labels of the bank: `[bank]`.
 * @returns by k, one label a row: `[rows]`.
 */
export function nearestLabels(
  similarities: Float32Array,
  labels: Int32Array,
  ks: readonly number[],
): ReadonlyMap<number, Int32Array> {
  const bank = labels.length;
  const rowCount = similarities.length / bank;
  const found = new Map(ks.map((k) => [k, new Int32Array(rowCount)]));
  const most = Math.min(Math.max(...ks), bank);
  for (let row = 0; row < rowCount; row += 1) {
    const nearest = indicesOfLargest(similarities.subarray(row * bank, (row + 1) * bank), most);
    for (const [k, voted] of found) voted[row] = mostOften(nearest.slice(0, k).map((index) => labels[index]));
  }
  return found;
}

/** Indices of the largest values, largest first. */
function indicesOfLargest(values: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let index = 0; index < values.length; index += 1) {
    if (best.length === count && values[index] <= values[best[count - 1]]) continue;
    let place = Math.min(best.length, count - 1);
    for (; place > 0 && values[best[place - 1]] < values[index]; place -= 1) best[place] = best[place - 1];
    best[place] = index;
  }
  return best;
}

/** The most frequent label; of several the one that comes first. */
function mostOften(labels: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return labels.find((label) => counts.get(label) === most) ?? -1;
}
