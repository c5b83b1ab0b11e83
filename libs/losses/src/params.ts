import { invalidFields, nearestNames, type Violation } from '@lyceum/errors';

/** A hyper-parameter of a loss, declared once: recipe, service, docs and `--help` read this. */
export type Param = NumberParam | BooleanParam | ChoiceParam;

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

export type ParamTable = Readonly<Record<string, Param>>;

/** The values that a table's parameters take. */
export type ParamValues<T extends ParamTable> = {
  readonly [K in keyof T]: T[K] extends NumberParam
    ? number
    : T[K] extends BooleanParam
      ? boolean
      : T[K] extends ChoiceParam<infer C>
        ? C
        : never;
};

type NumberOptions = Omit<NumberParam, 'type'>;

export const number = (options: NumberOptions): NumberParam => ({ type: 'number', ...options });
export const integer = (options: NumberOptions): NumberParam => ({ type: 'integer', ...options });
export const boolean = (options: ParamBase<boolean>): BooleanParam => ({ type: 'boolean', ...options });
export const choice = <const C extends string>(
  options: ParamBase<NoInfer<C>> & { readonly choices: readonly C[] },
): ChoiceParam<C> => ({ type: 'choice', ...options });

/**
 * Checks given parameters against a table and fills in the defaults.
 * @throws LyceumError INVALID_FIELD with every violation, each under `params.<name>`.
 */
export function parseParams<T extends ParamTable>(
  table: T,
  given: Readonly<Record<string, unknown>> = {},
): ParamValues<T> {
  const violations: Violation[] = [];
  for (const name of Object.keys(given)) {
    if (!(name in table)) violations.push({ field: `params.${name}`, description: unknownParam(name, table) });
  }
  const values: Record<string, unknown> = {};
  for (const [name, param] of Object.entries(table)) {
    const value = given[name] ?? param.default;
    const description = problem(param, value);
    if (description !== undefined) violations.push({ field: `params.${name}`, description });
    values[name] = value;
  }
  if (violations.length > 0) throw invalidFields(violations);
  return values as ParamValues<T>;
}

function unknownParam(name: string, table: ParamTable): string {
  const known = Object.keys(table);
  const [near] = nearestNames(name, known);
  if (near !== undefined) return `there is no such parameter; did you mean "${near}"?`;
  return `there is no such parameter; known: ${known.join(', ') || 'none'}`;
}

function problem(param: Param, value: unknown): string | undefined {
  switch (param.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `must be true or false, found ${JSON.stringify(value)}`;
    case 'choice':
      return param.choices.includes(value as string)
        ? undefined
        : `must be one of ${param.choices.join(', ')}, found ${JSON.stringify(value)}`;
    default:
      return numberProblem(param, value);
  }
}

function numberProblem(param: NumberParam, value: unknown): string | undefined {
  const found = `found ${JSON.stringify(value)}`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return `must be a number, ${found}`;
  if (param.type === 'integer' && !Number.isInteger(value)) return `must be a whole number, ${found}`;
  const { min, max } = param;
  if (min !== undefined && param.exclusiveMin === true && value <= min) return `must be above ${min}, ${found}`;
  if (min !== undefined && value < min) return `must be at least ${min}, ${found}`;
  if (max !== undefined && value > max) return `must be at most ${max}, ${found}`;
  return undefined;
}
