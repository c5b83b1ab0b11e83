import { LyceumError, type Violation } from '@lyceum/errors';
import { hasPackage, parseLossName } from '@lyceum/losses';
import type { Recipe } from './schema.js';

/**
 * Refuses a recipe that names losses of packages which this process did not load: their code would run in trainers,
 * teachers and loss services, so that is for the operator to allow, not for a recipe. Losses that a service of its
 * own computes are that service's affair.
 * @throws LyceumError FORBIDDEN naming every such entry.
 */
export function requireLossPackages(recipe: Recipe): void {
  const violations: Violation[] = [];
  const packages = new Set<string>();
  recipe.spec.stages.forEach((stage, at) => {
    const losses = 'losses' in stage ? (stage.losses ?? []) : [];
    losses.forEach(({ loss, via }, i) => {
      const { package: from } = parseLossName(loss);
      if (from === undefined || hasPackage(from) || via.includes(':')) return;
      packages.add(from);
      const field = `spec.stages[${at}].losses[${i}].loss`;
      violations.push({ field, description: `package "${from}" is not allowed here` });
    });
  });
  if (violations.length === 0) return;
  const [{ field, description }] = violations;
  const list = [...packages].join(',');
  const text = `${field}: ${description}; if you trust its code, start the orchestrator (or \`lyceum run\`) with --loss-packages ${list}`;
  throw new LyceumError('FORBIDDEN', text, { violations, metadata: { packages: list } });
}
