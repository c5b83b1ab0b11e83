import { invalidFields, nearestNames, type Violation } from '@lyceum/errors';

/** A hyper-parameter of a loss, declared once: recipe, service, docs and `--help` read this. */
export type Param = NumberParam | BooleanParam | ChoiceParam | ListParam | GroupParam;

interface ParamBase<T> {
  readonly default: T;
  /** Meaning, with unit where there is one. */
  readonly doc: string;
}

export interface NumberParam extends ParamBase<number> {
  readonly type: 'number' | 'integer';
  readonly min?: number;
  readonly max?: number;
  /** Whether `min` itself is refused. */
  readonly exclusiveMin?: boolean;
}

export interface BooleanParam extends ParamBase<boolean> {
  readonly type: 'boolean';
}

export interface ChoiceParam<C extends string = string> extends ParamBase<C> {
  readonly type: 'choice';
  readonly choices: readonly C[];
}

/** Several numbers in order: a range, a box, one value a channel. */
export interface ListParam extends ParamBase<readonly number[]> {
  readonly type: 'list';
  /** How many, when that is fixed. */
  readonly length?: number;
}

/** Parameters that belong together, for instance the weights of a loss's terms. */
export interface GroupParam<F extends ParamTable = ParamTable> {
  readonly type: 'group';
  readonly fields: F;
  readonly doc: string;
}

export type ParamTable = { readonly [name: string]: Param };

/** The value that a parameter takes. */
export type ParamValue<P extends Param> = P extends NumberParam
  ? number
  : P extends BooleanParam
    ? boolean
    : P extends ChoiceParam<infer C>
      ? C
      : P extends ListParam
        ? readonly number[]
        : P extends GroupParam<infer F>
          ? ParamValues<F>
          : never;

/** The values that a table's parameters take. */
export type ParamValues<T extends ParamTable> = { readonly [K in keyof T]: ParamValue<T[K]> };

type NumberOptions = Omit<NumberParam, 'type'>;

export const number = (options: NumberOptions): NumberParam => ({ type: 'number', ...options });
export const integer = (options: NumberOptions): NumberParam => ({ type: 'integer', ...options });
export const boolean = (options: ParamBase<boolean>): BooleanParam => ({ type: 'boolean', ...options });
export const list = (options: Omit<ListParam, 'type'>): ListParam => ({ type: 'list', ...options });
export const choice = <const C extends string>(
  options: ParamBase<NoInfer<C>> & { readonly choices: readonly C[] },
): ChoiceParam<C> => ({ type: 'choice', ...options });
export const group = <const F extends ParamTable>(options: {
  readonly fields: F;
  readonly doc: string;
}): GroupParam<F> => ({ type: 'group', ...options });

/**
 * Checks given parameters against a table and fills in the defaults.
 * @throws LyceumError INVALID_FIELD with every violation, each under `params.<name>`.
 */
export function parseParams<T extends ParamTable>(
  table: T,
  given: Readonly<Record<string, unknown>> = {},
): ParamValues<T> {
  const violations: Violation[] = [];
  const values = parseTable(table, given, 'params', violations);
  if (violations.length > 0) throw invalidFields(violations);
  return values as ParamValues<T>;
}

function parseTable(
  table: ParamTable,
  given: Readonly<Record<string, unknown>>,
  path: string,
  violations: Violation[],
): Record<string, unknown> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name)) {
      violations.push({ field: `${path}.${name}`, description: unknownParam(name, table) });
    }
  }
  const entries = Object.entries(table).map(([name, param]) => [
    name,
    parseParam(param, given[name] ?? undefined, `${path}.${name}`, violations),
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function parseParam(param: Param, given: unknown, field: string, violations: Violation[]): unknown {
  if (param.type === 'group') {
    const fields = given ?? {};
    if (isRecord(fields)) return parseTable(param.fields, fields, field, violations);
    violations.push({ field, description: `must be a table of values, found ${JSON.stringify(given)}` });
    return undefined;
  }
  const value = given ?? param.default;
  const description = problem(param, value);
  if (description !== undefined) violations.push({ field, description });
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownParam(name: string, table: ParamTable): string {
  const known = Object.keys(table);
  const [near] = nearestNames(name, known);
  if (near !== undefined) return `there is no such parameter; did you mean "${near}"?`;
  return `there is no such parameter; known: ${known.join(', ') || 'none'}`;
}

function problem(param: Exclude<Param, GroupParam>, value: unknown): string | undefined {
  const found = `found ${JSON.stringify(value)}`;
  switch (param.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `must be true or false, ${found}`;
    case 'choice':
      if (param.choices.includes(value as string)) return undefined;
      return `must be one of ${param.choices.join(', ')}, ${found}`;
    case 'list':
      return listProblem(param, value, found);
    default:
      return numberProblem(param, value, found);
  }
}

function listProblem(param: ListParam, value: unknown, found: string): string | undefined {
  if (!Array.isArray(value) || !value.every(Number.isFinite)) return `must be a list of numbers, ${found}`;
  if (param.length === undefined || value.length === param.length) return undefined;
  return `must be ${param.length} numbers, ${found}`;
}

function numberProblem(param: NumberParam, value: unknown, found: string): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return `must be a number, ${found}`;
  if (param.type === 'integer' && !Number.isInteger(value)) return `must be a whole number, ${found}`;
  const { min, max } = param;
  if (min !== undefined && param.exclusiveMin === true && value <= min)
    return `must be above ${min}, ${found}`;
  if (min !== undefined && value < min) return `must be at least ${min}, ${found}`;
  if (max !== undefined && value > max) return `must be at most ${max}, ${found}`;
  return undefined;
}
