/** Standard error of a share `p` found on `count` independent samples: sqrt(p (1 - p) / n). Both as shares, 0 to 1. */
export function standardError(share: number, count: number): number {
  return Math.sqrt((share * (1 - share)) / count);
}

/**
 * Exact two-sided McNemar test: how likely a split of the discordant pairs at least this uneven is when each
 * side is as likely as the other. p = min(1, 2 P[X <= min(b, c)]) with X ~ Binomial(b + c, 1/2).
 * McNemar (1947), in its exact form; 1 when no pair is discordant.
 */
export function mcnemar(b: number, c: number): number {
  const pairs = b + c;
  let logTerm = -pairs * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= Math.min(b, c); k += 1) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((pairs - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

/**
 * Standard error of the difference of two shares measured on the same `count` samples, of which `b` went only one way
 * and `c` only the other: sqrt(b + c - (b - c)^2 / n) / n (Wald).
 */
export function pairedStandardError(b: number, c: number, count: number): number {
  return Math.sqrt(Math.max(0, b + c - (b - c) ** 2 / count)) / count;
}

/** Quantile of the normal distribution for a 95 % interval. */
export const z95 = 1.959964;
