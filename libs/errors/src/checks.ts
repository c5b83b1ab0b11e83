import { distance } from 'fastest-levenshtein';
import { LyceumError, type Violation } from './lyceum-error.js';

/** An INVALID_ARGUMENT about one field. */
export function invalidField(field: string, description: string): LyceumError {
  return new LyceumError('INVALID_FIELD', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}

/** An INVALID_ARGUMENT about several fields at once. */
export function invalidFields(violations: readonly Violation[]): LyceumError {
  const message = violations.map((v) => `${v.field}: ${v.description}`).join('; ');
  return new LyceumError('INVALID_FIELD', message, { violations });
}

/** The known names nearest to a misspelt one, best first; empty when nothing is near. */
export function nearestNames(name: string, known: Iterable<string>, limit = 3): string[] {
  const wanted = name.toLowerCase();
  return [...known]
    .map((candidate) => ({ candidate, away: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, away }) => away <= Math.max(2, Math.ceil(candidate.length / 3)))
    .sort((a, b) => a.away - b.away || a.candidate.localeCompare(b.candidate))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** NOT_FOUND for a name that is not in a registry: lists the nearest, and the known ones. */
export function unknownName(kind: string, name: string, known: Iterable<string>, field = kind): LyceumError {
  const names = [...known];
  const near = nearestNames(name, names);
  const hint =
    near.length > 0
      ? `did you mean ${near.map((n) => `"${n}"`).join(' or ')}?`
      : `known: ${names.join(', ')}`;
  const description = `there is no ${kind} "${name}"; ${hint}`;
  return new LyceumError('UNKNOWN_NAME', description, {
    violations: [{ field, description }],
    metadata: { kind, name, nearest: near.join(',') },
  });
}
