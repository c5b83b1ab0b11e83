import type { Violation } from '@lyceum/errors';
import type { DataSet } from './data-set.js';

/** What is wrong with giving a path to a set, or none. */
export function pathViolations({ name, takesPath, origin }: DataSet, path: string | undefined): Violation[] {
  if (path && takesPath === 'never')
    return [{ field: 'path', description: `"${name}" is made up and takes no path; leave it out` }];
  if (!path && takesPath === 'must')
    return [{ field: 'path', description: `"${name}" needs the path of its data: ${origin}` }];
  return [];
}
