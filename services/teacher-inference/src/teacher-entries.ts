import { openArtifacts } from '@lyceum/artifacts';
import { invalidField, invalidFields, LyceumError, type Violation } from '@lyceum/errors';
import { readFile } from 'node:fs/promises';

/** One teacher to serve, as the settings say it. */
export interface TeacherEntry {
  /** Where in the settings, for errors. */
  readonly field: string;
  readonly name: string;
  /** A file, or a key of the artifact store. */
  readonly weights: string;
}

/** Reads `name=weights.safetensors`; errors name every entry that is wrong. */
export function parseTeachers(entries: readonly string[]): TeacherEntry[] {
  const violations: Violation[] = [];
  const parsed = entries.map((entry, i) => {
    const field = `teachers[${i}]`;
    const equals = entry.indexOf('=');
    const [name, weights] = [entry.slice(0, Math.max(equals, 0)), entry.slice(equals + 1)];
    if (equals < 1 || weights === '') {
      violations.push({ field, description: `must be name=weights.safetensors, found "${entry}"` });
    } else if (entries.findIndex((other) => other.startsWith(`${name}=`)) !== i) {
      violations.push({ field, description: `there is already a teacher "${name}"` });
    }
    return { field, name, weights };
  });
  if (violations.length > 0) throw invalidFields(violations);
  return parsed;
}

/** The bytes of a teacher's weights, from a file where no artifact store is given. */
export async function readWeights(
  { field, weights }: TeacherEntry,
  artifactsUrl: string,
): Promise<Uint8Array> {
  if (artifactsUrl !== '') return openArtifacts(artifactsUrl).get(weights);
  return readFile(weights).catch((error: unknown) => {
    throw invalidField(field, `cannot read "${weights}": ${(error as Error).message}`);
  });
}

/** Puts the setting and the file in front of what is wrong with it. */
export function naming({ field, weights }: TeacherEntry): (caught: unknown) => never {
  return (caught) => {
    const error = LyceumError.from(caught);
    const description = `${weights}: ${error.message}`;
    throw new LyceumError(error.reason, `${field}: ${description}`, {
      violations: [{ field, description }],
      cause: error,
    });
  };
}
