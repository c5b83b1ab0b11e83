/**
 * Indices of at most `limit` samples, as many of each class as possible, in the order of the data set: the first
 * `limit` when samples are sorted by how many of their class came before, then by class. So the choice of a
 * smaller limit is part of that of a larger one, and it needs no seed. 0 or undefined: all samples.
 */
export function chooseSamples(labels: ArrayLike<number>, limit: number | undefined): Int32Array {
  const count = labels.length;
  const all = Int32Array.from({ length: count }, (_, index) => index);
  if (!limit || limit >= count) return all;
  const seen = new Map<number, number>();
  const rank = Int32Array.from({ length: count }, (_, index) => {
    const before = seen.get(labels[index]) ?? 0;
    seen.set(labels[index], before + 1);
    return before;
  });
  const chosen = [...all].sort((a, b) => rank[a] - rank[b] || labels[a] - labels[b]).slice(0, limit);
  return Int32Array.from(chosen).sort();
}
