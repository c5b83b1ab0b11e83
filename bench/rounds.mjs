/** The middle of some numbers; of an even count, the mean of the two in the middle. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The variants, beginning with another one in each round: who comes after whom may matter. */
export function inTurn(variants, round) {
  const first = round % variants.length;
  return [...variants.slice(first), ...variants.slice(0, first)];
}
