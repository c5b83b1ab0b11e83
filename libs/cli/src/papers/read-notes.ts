import { invalidField } from '@lyceum/errors';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/**
 * What people read from the results, by `<recipe>/<stage>`; none where there is no such file.
 * @throws LyceumError INVALID_FIELD for a file that is something else than a text for each name.
 */
export function readNotes(file: string): Readonly<Record<string, string>> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {};
  }
  let notes: unknown;
  try {
    notes = parse(text) ?? {};
  } catch (error) {
    throw invalidField('notes', `${file} is not valid YAML: ${(error as Error).message}`);
  }
  const isNotes =
    typeof notes === 'object' &&
    notes !== null &&
    !Array.isArray(notes) &&
    Object.values(notes).every((note) => typeof note === 'string');
  if (!isNotes) throw invalidField('notes', `${file} must have a text for each "<recipe>/<stage>"`);
  return notes as Record<string, string>;
}
