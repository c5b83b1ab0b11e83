import { invalidFields, LyceumError, type Violation } from '@lyceum/errors';
import type { Field, Fields, FieldValue, SettingsOf } from './field.js';
import type { Source } from './found.js';
import { helpText } from './help-text.js';
import { environmentOf, flagOf } from './names.js';
import { readEnvironment, type Environment } from './read-environment.js';
import { readFile } from './read-file.js';
import { readFlags } from './read-flags.js';
import { readValue } from './read-value.js';

export interface SettingsTable<F extends Fields> {
  /** Name of the process, in kebab-case; becomes the middle of its environment variables. */
  readonly service: string;
  /** What the process does, in one line. */
  readonly description: string;
  /** Its settings by camelCase name. */
  readonly fields: F;
}

/** The settings of one kind of process. */
export interface Settings<F extends Fields> extends SettingsTable<F> {
  /**
   * Reads the settings: flag, else environment, else `--config` file, else default.
   * @throws LyceumError INVALID_FIELD with every problem at once: the field, what is allowed, what was found, where.
   */
  parse(argv: readonly string[], environment: Environment): SettingsOf<F>;
  /** Like `parse`, for `main.ts`: prints help for `--help` and exits with 0, prints problems and exits with 2. */
  parseOrExit(argv: readonly string[], environment: Environment): SettingsOf<F>;
  /** The text of `--help`. */
  help(): string;
}

/**
 * Declares the settings of a process once: flags (`--window-batches`), environment variables
 * (`LYCEUM_TRAINER_WINDOW_BATCHES`), fields of a settings file (`windowBatches`) and `--help` follow from it.
 * @throws LyceumError INVALID_FIELD when the table itself is wrong, such as a default out of its range.
 */
export function defineSettings<const F extends Fields>(table: SettingsTable<F>): Settings<F> {
  checkTable(table);
  const { service, description, fields } = table;
  const help = () => helpText(service, description, fields);
  const parse = (argv: readonly string[], environment: Environment) =>
    settle(service, fields, argv, environment) as SettingsOf<F>;
  const parseOrExit = (argv: readonly string[], environment: Environment) => {
    if (readFlags(fields, argv).wantsHelp) {
      process.stdout.write(help());
      process.exit(0);
    }
    try {
      return parse(argv, environment);
    } catch (error) {
      process.stderr.write(complaint(service, LyceumError.from(error)));
      process.exit(2);
    }
  };
  return { ...table, parse, parseOrExit, help };
}

function settle(service: string, fields: Fields, argv: readonly string[], environment: Environment) {
  const flags = readFlags(fields, argv);
  const configPath = flags.configPath ?? environment[environmentOf(service, 'config')];
  const sources: Source[] = [flags, readEnvironment(service, fields, environment)];
  if (configPath) sources.push(readFile(configPath, fields));
  const problems = sources.flatMap((source) => source.problems);
  const settled: Record<string, FieldValue | undefined> = {};
  for (const [name, field] of Object.entries(fields)) {
    const found = sources.map((source) => source.found.get(name)).find((entry) => entry !== undefined);
    if (found === undefined) {
      settled[name] = field.default;
      if (field.default === undefined && field.required === true && !problems.some((p) => p.field === name)) {
        problems.push({ field: name, description: `is required; ${waysToGive(service, name)}` });
      }
      continue;
    }
    const outcome = readValue(field, found);
    if ('value' in outcome) settled[name] = outcome.value;
    else problems.push({ field: name, description: `${outcome.problem} (${found.origin})` });
  }
  if (problems.length > 0) throw invalidFields(problems);
  return settled;
}

function waysToGive(service: string, name: string): string {
  return `give ${flagOf(name)}, ${environmentOf(service, name)}, or "${name}" in the file of --config`;
}

function complaint(service: string, { violations, message }: LyceumError): string {
  const lines = violations.map(({ field, description }) => `  ${field}: ${description}`);
  return `${service}: cannot start\n${(lines.length > 0 ? lines : [`  ${message}`]).join('\n')}\n  --help lists every setting\n`;
}

const reserved = ['config', 'help'];

function checkTable({ service, fields }: SettingsTable<Fields>): void {
  const problems: Violation[] = [];
  if (!/^[a-z][a-z0-9-]*$/.test(service))
    problems.push({ field: 'service', description: `must be kebab-case, found "${service}"` });
  for (const [name, field] of Object.entries(fields)) {
    const description = problemOf(name, field);
    if (description !== undefined) problems.push({ field: `fields.${name}`, description });
  }
  if (problems.length > 0) throw invalidFields(problems);
}

function problemOf(name: string, field: Field): string | undefined {
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) return 'its name must be camelCase';
  if (reserved.includes(name)) return 'its name is taken by a flag that every process has';
  if (field.default === undefined) return undefined;
  const outcome = readValue(field, { value: field.default, isText: false, origin: 'default' });
  return 'problem' in outcome ? `its default ${outcome.problem}` : undefined;
}
