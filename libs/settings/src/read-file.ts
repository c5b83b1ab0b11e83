import { nearestNames, type Violation } from '@lyceum/errors';
import { readFileSync } from 'node:fs';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Fields } from './field.js';
import type { Found, Source } from './found.js';

/** Reads a YAML or JSON file of settings by their camelCase names; every problem names its line. */
export function readFile(path: string, fields: Fields): Source {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    return failure([
      { field: 'config', description: `"${path}" cannot be read (${reason}); give a YAML or JSON file` },
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => `${path} line ${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    return failure(
      document.errors.map(({ pos, message }) => ({
        field: 'config',
        description: `${place(pos[0])} is not valid YAML: ${message}`,
      })),
    );
  }
  const root = document.contents;
  if (root === null) return failure([]);
  if (!isMap(root)) {
    return failure([
      {
        field: 'config',
        description: `${path} must hold settings by name, such as "${firstOf(fields)}: ..."`,
      },
    ]);
  }
  const found = new Map<string, Found>();
  const problems: Violation[] = [];
  const values = document.toJS() as Record<string, unknown>;
  for (const { key } of root.items) {
    const name = isScalar(key) ? String(key.value) : String(key);
    const origin = place(isScalar(key) ? (key.range?.[0] ?? 0) : 0);
    // An empty or null value counts as unset, as in the environment.
    if (!Object.hasOwn(fields, name)) problems.push(unknownField(name, origin, fields));
    else if (values[name] !== null) found.set(name, { value: values[name], isText: false, origin });
  }
  return { found, problems };
}

function failure(problems: readonly Violation[]): Source {
  return { found: new Map(), problems };
}

function firstOf(fields: Fields): string {
  return Object.keys(fields)[0] ?? 'name';
}

function unknownField(name: string, origin: string, fields: Fields): Violation {
  const [near] = nearestNames(name, Object.keys(fields), 1);
  const hint = near === undefined ? `known: ${Object.keys(fields).join(', ')}` : `did you mean "${near}"?`;
  return { field: name, description: `there is no such setting; ${hint} (${origin})` };
}
