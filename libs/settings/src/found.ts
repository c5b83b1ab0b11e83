import type { Violation } from '@lyceum/errors';

/** A value as it was found, not yet checked. */
export interface Found {
  /** Text from flags and environment (several of a repeated flag), any YAML value from a file. */
  readonly value: unknown;
  /** Whether the value is text that has to be read, or has a type of its own. */
  readonly isText: boolean;
  /** Where it was found, for people: `flag --window-batches`, `settings.yaml line 3`. */
  readonly origin: string;
}

/** What one source (flags, environment, file) says, by field. */
export interface Source {
  readonly found: ReadonlyMap<string, Found>;
  readonly problems: readonly Violation[];
}
