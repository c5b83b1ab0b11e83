import { LyceumError, nearestNames, type Violation } from '@lyceum/errors';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { checkRecipe } from './check.js';
import { fieldNames } from './field-names.js';
import { recipeSchema, type Recipe } from './schema.js';

/**
 * Reads a recipe from YAML or JSON text.
 * @throws LyceumError INVALID_FIELD with every problem at once, each with its place in the text:
 * `spec.stages[1].losses[0].weight (line 14, column 15): ...`.
 */
export function parseRecipe(text: string): Recipe {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const violations = document.errors.map((error) => ({
      field: place(lines, error.pos[0]),
      description: `not valid YAML: ${error.message}`,
    }));
    throw recipeError(violations);
  }
  const parsed = recipeSchema.safeParse(document.toJS() as unknown, { reportInput: true });
  const locate = (path: Path) => `${fieldOf(path)} (${place(lines, offsetOf(document, path))})`;
  if (!parsed.success) throw recipeError(parsed.error.issues.flatMap((issue) => violationsOf(issue, locate)));
  const problems = checkRecipe(parsed.data);
  if (problems.length > 0) {
    throw recipeError(problems.map(({ path, description }) => ({ field: locate(path), description })));
  }
  return parsed.data;
}

export type Path = readonly (string | number)[];

function recipeError(violations: readonly Violation[]): LyceumError {
  const [first, ...rest] = violations;
  const more = rest.length === 0 ? '' : ` (and ${rest.length} more)`;
  return new LyceumError('INVALID_FIELD', `${first.field}: ${first.description}${more}`, { violations });
}

function violationsOf(issue: z.core.$ZodIssue, locate: (path: Path) => string): Violation[] {
  const path = issue.path.filter((part): part is string | number => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: locate([...path, key]),
      description: `there is no field "${key}" here${nearest(key, issue)}`,
    }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // What is of another type altogether was not meant.
    const meant = issue.errors.filter(
      (inner) => !inner.some(({ code, path: at }) => code === 'invalid_type' && at.length === 0),
    );
    const likely = meant.length > 0 ? meant : issue.errors;
    const best = likely.reduce((a, b) => (a.length <= b.length ? a : b));
    return best.flatMap((inner) => violationsOf({ ...inner, path: [...issue.path, ...inner.path] }, locate));
  }
  return [{ field: locate(path), description: `${issue.message}${found(issue)}` }];
}

function nearest(key: string, issue: z.core.$ZodIssue): string {
  const [near] = nearestNames(key, knownFields(issue));
  return near === undefined ? '; see `lyceum recipes schema`' : `; did you mean "${near}"?`;
}

let fields: readonly string[] | undefined;

function knownFields(issue: z.core.$ZodIssue): string[] {
  const input = typeof issue.input === 'object' && issue.input !== null ? Object.keys(issue.input) : [];
  fields ??= fieldNames(recipeSchema);
  return fields.filter((field) => !input.includes(field));
}

function found(issue: z.core.$ZodIssue): string {
  const text = issue.input === undefined ? undefined : JSON.stringify(issue.input);
  return text === undefined || text.length > 60 ? '' : `, found ${text}`;
}

/** `['spec', 'stages', 1, 'losses']` as `spec.stages[1].losses`. */
function fieldOf(path: Path): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text.replace(/^\./, '') || 'recipe';
}

/** Where the value at a path starts, or the nearest value around it that exists. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as
      { range?: [number, number, number] } | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}

function place(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `line ${line}, column ${col}`;
}
