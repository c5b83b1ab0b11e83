interface FieldBase {
  /** One line for `--help`: what it is, and what special values mean. */
  readonly description: string;
  /** Unit of the value where it has one, for instance `bytes`; shown in help and errors. */
  readonly unit?: string;
  /** Whether the process cannot start without it; a default makes this needless. */
  readonly required?: boolean;
}

export interface StringField extends FieldBase {
  readonly type: 'string';
  readonly default?: string;
  /** The only values allowed; the setting's type becomes their union. */
  readonly choices?: readonly string[];
}

export interface NumberField extends FieldBase {
  /** `integer`: whole numbers within +-(2^53 - 1); `number`: any finite number. */
  readonly type: 'integer' | 'number';
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}

export interface BooleanField extends FieldBase {
  readonly type: 'boolean';
  readonly default?: boolean;
}

export interface ListField extends FieldBase {
  /** Texts: in flags and environment separated by commas (a flag may also be repeated), in files a list. */
  readonly type: 'list';
  readonly default?: readonly string[];
  readonly choices?: readonly string[];
  /** Least number of items. */
  readonly min?: number;
  /** Largest number of items. */
  readonly max?: number;
}

/** One setting of a process. Its name is camelCase and ends in its unit: `timeoutMs`. */
export type Field = StringField | NumberField | BooleanField | ListField;

export type Fields = Readonly<Record<string, Field>>;

export type FieldValue = string | number | boolean | readonly string[];

type Choice<F> = F extends { readonly choices: readonly (infer C)[] } ? C : string;

type ValueOf<F extends Field> = F extends { readonly type: 'string' }
  ? Choice<F>
  : F extends { readonly type: 'boolean' }
    ? boolean
    : F extends { readonly type: 'list' }
      ? readonly Choice<F>[]
      : number;

type Settled = { readonly default: FieldValue } | { readonly required: true };

/** What `parse` gives: a setting without a default that is not required may be undefined. */
export type SettingsOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Settled ? ValueOf<F[K]> : ValueOf<F[K]> | undefined;
};
