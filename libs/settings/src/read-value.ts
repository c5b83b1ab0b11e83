import type { Field, FieldValue } from './field.js';
import type { Found } from './found.js';

/** A checked value, or what is wrong with it. */
export type Outcome = { readonly value: FieldValue } | { readonly problem: string };

/** Reads a value of the field's type and checks its range or choices. */
export function readValue(field: Field, { value, isText }: Found): Outcome {
  const typed = isText ? readText(field, value as string | readonly string[]) : value;
  const wanted = describeAllowed(field);
  const isRight = matches(field, typed);
  return isRight
    ? { value: typed as FieldValue }
    : { problem: `must be ${wanted}, found ${show(value)}${hint(field, typed)}` };
}

/** What a field allows: `a whole number from 1 to 1024`. */
export function describeAllowed(field: Field): string {
  const unit = field.unit === undefined ? '' : ` (${field.unit})`;
  switch (field.type) {
    case 'string':
      return field.choices ? `one of ${field.choices.join(', ')}` : `text${unit}`;
    case 'boolean':
      return 'true or false';
    case 'list': {
      const items = field.choices ? ` of ${field.choices.join(', ')}` : ' of texts';
      return `a list${items}${field.min === undefined && field.max === undefined ? '' : `,${range(field)} long`}`;
    }
    default:
      return `a ${field.type === 'integer' ? 'whole ' : ''}number${range(field)}${unit}`;
  }
}

function range({ min, max }: { readonly min?: number; readonly max?: number }): string {
  if (min === undefined) return max === undefined ? '' : ` of at most ${max}`;
  return max === undefined ? ` of at least ${min}` : ` from ${min} to ${max}`;
}

/** Text as the field's type; what cannot be read stays text, and so does not match the type. */
function readText(field: Field, value: string | readonly string[]): unknown {
  if (field.type === 'list') return [value].flat().flatMap(splitItems);
  const text = (typeof value === 'string' ? value : (value.at(-1) ?? '')).trim();
  if (field.type === 'boolean') return booleans.get(text.toLowerCase()) ?? text;
  if (field.type === 'string') return text;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['true', '1', 'yes', 'on'].map((text) => [text, true] as const),
  ...['false', '0', 'no', 'off'].map((text) => [text, false] as const),
]);

function splitItems(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function matches(field: Field, value: unknown): boolean {
  switch (field.type) {
    case 'string':
      return typeof value === 'string' && isChoice(field.choices, value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return (
        Array.isArray(value) &&
        value.every((item) => isChoice(field.choices, item)) &&
        isWithin(field, value.length)
      );
    default:
      return typeof value === 'number' && isNumber(field.type, value) && isWithin(field, value);
  }
}

function isChoice(choices: readonly string[] | undefined, value: unknown): boolean {
  return typeof value === 'string' && (choices?.includes(value) ?? true);
}

function isNumber(type: 'integer' | 'number', value: number): boolean {
  return type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value);
}

function isWithin(
  { min = -Infinity, max = Infinity }: { readonly min?: number; readonly max?: number },
  value: number,
): boolean {
  return value >= min && value <= max;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function hint(field: Field, value: unknown): string {
  const isTextWanted = field.type === 'string' && field.choices === undefined;
  return isTextWanted && typeof value === 'number' ? '; put it in quotes' : '';
}
