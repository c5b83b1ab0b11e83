/** What a loss is called in recipes and requests: `kd`, or `my-package#my-loss` for one that a package brings. */
export interface LossName {
  /** The package that brings it; absent for a built-in loss. */
  readonly package?: string;
  readonly id: string;
}

/** Takes a loss's name apart. */
export function parseLossName(name: string): LossName {
  const cut = name.lastIndexOf('#');
  return cut < 0 ? { id: name } : { package: name.slice(0, cut), id: name.slice(cut + 1) };
}
