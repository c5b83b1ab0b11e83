import type { Fields } from './field.js';
import type { Found, Source } from './found.js';
import { environmentOf } from './names.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `LYCEUM_<SERVICE>_<NOUN>_<UNIT>`; an empty variable counts as unset. Unknown variables of this prefix
 * are no error: Kubernetes sets some of its own for a Service that is named like the process.
 */
export function readEnvironment(service: string, fields: Fields, environment: Environment): Source {
  const found = new Map<string, Found>();
  for (const field of Object.keys(fields)) {
    const variable = environmentOf(service, field);
    const value = environment[variable];
    if (value === undefined || value === '') continue;
    found.set(field, { value, isText: true, origin: `environment ${variable}` });
  }
  return { found, problems: [] };
}
