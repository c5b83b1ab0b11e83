import { nearestNames, type Violation } from '@lyceum/errors';
import { parseArgs } from 'node:util';
import type { Fields } from './field.js';
import type { Found, Source } from './found.js';
import { flagOf, kebabCase } from './names.js';

/** What the command line says, with the path given by `--config` apart. */
export interface Flags extends Source {
  readonly configPath: string | undefined;
  readonly wantsHelp: boolean;
}

/** Reads `--noun-unit value`, `--noun-unit=value`, `--flag` and `--no-flag`; the last of a repeated flag wins. */
export function readFlags(fields: Fields, argv: readonly string[]): Flags {
  const names = new Map(Object.keys(fields).map((field) => [kebabCase(field), field]));
  const { tokens } = parseArgs({ args: [...argv], options: optionsOf(fields), strict: false, tokens: true });
  const texts = new Map<string, string[]>();
  const problems: Violation[] = [];
  let afterUnknown = false;
  for (const token of tokens) {
    const followsUnknown = afterUnknown;
    afterUnknown = false;
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      if (!followsUnknown) problems.push(argument(token.value));
      continue;
    }
    const { name, value, inlineValue } = token;
    const field = nameOf(name, names, fields);
    if (field === undefined) {
      problems.push(unknownFlag(token.rawName, names.keys()));
      afterUnknown = inlineValue !== true;
      continue;
    }
    if (name === `no-${kebabCase(field)}`) texts.set(field, ['false']);
    else if (field === 'help' || fields[field]?.type === 'boolean') texts.set(field, [value ?? 'true']);
    else if (value === undefined || (inlineValue === false && value.startsWith('--'))) {
      problems.push({ field, description: `flag --${name} needs a value` });
    } else texts.set(field, [...(texts.get(field) ?? []), value]);
  }
  return { ...split(texts), problems };
}

function split(texts: ReadonlyMap<string, string[]>): Omit<Flags, 'problems'> {
  const found = new Map<string, Found>();
  for (const [field, value] of texts) {
    const single = value.length === 1 ? value[0] : value;
    if (field !== 'config' && field !== 'help') {
      found.set(field, { value: single, isText: true, origin: `flag ${flagOf(field)}` });
    }
  }
  return { found, configPath: texts.get('config')?.at(-1), wantsHelp: texts.has('help') };
}

function optionsOf(
  fields: Fields,
): Record<string, { type: 'string' | 'boolean'; short?: string; multiple: boolean }> {
  const entries = Object.entries(fields).map(([field, { type }]) => {
    return [kebabCase(field), { type: type === 'boolean' ? 'boolean' : 'string', multiple: true }] as const;
  });
  return {
    ...Object.fromEntries(entries),
    config: { type: 'string', multiple: true },
    help: { type: 'boolean', short: 'h', multiple: true },
  };
}

function nameOf(name: string, names: ReadonlyMap<string, string>, fields: Fields): string | undefined {
  if (name === 'config' || name === 'help') return name;
  const positive = name.startsWith('no-') ? names.get(name.slice('no-'.length)) : undefined;
  const negated = positive !== undefined && fields[positive].type === 'boolean' ? positive : undefined;
  return names.get(name) ?? negated;
}

function unknownFlag(flag: string, known: Iterable<string>): Violation {
  const [near] = nearestNames(flag.replace(/^-+/, ''), [...known, 'config', 'help'], 1);
  const hint = near === undefined ? 'see --help' : `did you mean --${near}?`;
  return { field: flag, description: `there is no such flag; ${hint}` };
}

function argument(value: string): Violation {
  return { field: value, description: 'settings are given by flags only; see --help' };
}
