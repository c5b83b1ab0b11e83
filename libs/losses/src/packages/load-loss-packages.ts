import { invalidField, invalidFields, LyceumError } from '@lyceum/errors';
import { pathToFileURL } from 'node:url';
import type { AnyLoss } from '../loss.js';
import { losses } from '../registry.js';
import { isLossLike, moduleViolations } from './check-module.js';
import { findPackage, type FoundPackage } from './find-package.js';
import { addPackage } from './package-losses.js';
import { shareOwnModules } from './share-own-modules.js';

/**
 * Loads the losses of packages, so that `findLoss('my-package#my-loss')` finds them. Their code runs in this process:
 * only what its operator allowed is to be given here, never what a recipe or request asks for.
 * @param packages names of installed packages, or folders of packages (starting with `.` or `/`).
 * @returns the whole names of the losses, `package#id`.
 * @throws LyceumError MISSING_DEPENDENCY when a package is not there; INVALID_FIELD when it does not load, exports no
 * sound loss, or one with the id of a built-in loss.
 */
export async function loadLossPackages(packages: readonly string[]): Promise<string[]> {
  if (packages.length > 0) shareOwnModules();
  const names: string[] = [];
  for (const given of packages) {
    const found = findPackage(given);
    const modules = soundLosses(found, await importPackage(found));
    addPackage(found.name, modules);
    names.push(...modules.map(({ id }) => `${found.name}#${id}`));
  }
  return names;
}

async function importPackage({ name, entry }: FoundPackage): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(entry).href)) as Record<string, unknown>;
  } catch (cause) {
    const why = LyceumError.from(cause).message.split('\n')[0];
    const description = `package "${name}" does not load: ${why} (${entry})`;
    throw new LyceumError('INVALID_FIELD', `lossPackages: ${description}`, {
      violations: [{ field: 'lossPackages', description }],
      cause,
    });
  }
}

function soundLosses({ name, entry }: FoundPackage, exported: Record<string, unknown>): readonly AnyLoss[] {
  const candidates = [...new Set(Object.values(exported).filter(isLossLike))];
  if (candidates.length === 0) {
    const description = `package "${name}" exports no loss; export what defineLoss returns (${entry})`;
    throw invalidField('lossPackages', description);
  }
  const violations = candidates.flatMap(moduleViolations);
  if (violations.length > 0) {
    const under = violations.map((v) => ({ ...v, field: `lossPackages: package "${name}", ${v.field}` }));
    throw invalidFields(under);
  }
  const modules = candidates as unknown as readonly AnyLoss[];
  modules.forEach(({ id }, index) => {
    const earlier = modules.findIndex((other) => other.id === id) < index;
    if (!earlier && !losses.has(id)) return;
    const who = earlier ? 'twice' : 'and so has Lyceum';
    const text = `package "${name}" has a loss "${id}", ${who}; give it another id`;
    throw invalidField('lossPackages', text);
  });
  return modules;
}
