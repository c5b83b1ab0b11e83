import { LyceumError, unknownName } from '@lyceum/errors';
import type { AnyLoss } from '../loss.js';
import { parseLossName } from './package-name.js';

const losses = new Map<string, AnyLoss>();
const packages = new Set<string>();

/** The losses of all packages that this process has loaded, by their whole names `package#id`. */
export const packageLosses: ReadonlyMap<string, AnyLoss> = losses;

/** Whether this process has loaded a package of losses. */
export function hasPackage(name: string): boolean {
  return packages.has(name);
}

/** Keeps a package's losses, under their whole names; a package that is loaded again is replaced. */
export function addPackage(name: string, modules: readonly AnyLoss[]): void {
  packages.add(name);
  for (const module of modules) {
    const id = `${name}#${module.id}`;
    losses.set(id, { ...module, id });
  }
}

/**
 * A loss of a package by its whole name.
 * @throws LyceumError FORBIDDEN when this process was not told to load the package; UNKNOWN_NAME with the package's
 * losses when it has no such loss.
 */
export function findPackageLoss(name: string): AnyLoss {
  const found = losses.get(name);
  if (found !== undefined) return found;
  const { package: from = '' } = parseLossName(name);
  if (packages.has(from)) {
    const known = [...losses.keys()].filter((other) => parseLossName(other).package === from);
    throw unknownName('loss', name, known);
  }
  const description =
    `package "${from}" is not allowed in this process; start it with --loss-packages ${from}, ` +
    'if you trust its code';
  throw new LyceumError('FORBIDDEN', `loss: ${description}`, {
    violations: [{ field: 'loss', description }],
    metadata: { package: from },
  });
}
