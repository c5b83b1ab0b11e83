import type { Field, Fields } from './field.js';
import { environmentOf, flagOf } from './names.js';
import { describeAllowed } from './read-value.js';

/** The text of `--help`: every setting with its flag, environment variable, range and default. */
export function helpText(service: string, description: string, fields: Fields): string {
  const blocks = Object.entries(fields).map(([name, field]) => block(service, name, field));
  return [
    `${service}: ${description}`,
    '',
    'A setting is taken from its flag, else its environment variable, else the file of --config (YAML or JSON, the',
    'name in brackets), else its default.',
    '',
    ...blocks,
    '  --config <file>',
    `      file of settings; ${environmentOf(service, 'config')}`,
    '  --help, -h',
    '      this text',
    '',
  ].join('\n');
}

function block(service: string, name: string, field: Field): string {
  const value = field.type === 'boolean' ? '' : ` <${field.unit ?? kinds[field.type]}>`;
  const facts = [defaultOf(field), describeAllowed(field), environmentOf(service, name)];
  return [
    `  ${flagOf(name)}${value}  [${name}]`,
    `      ${field.description}`,
    `      ${facts.filter((fact) => fact !== '').join('; ')}`,
  ].join('\n');
}

const kinds = { string: 'text', integer: 'integer', number: 'number', list: 'a,b,...' } as const;

function defaultOf(field: Field): string {
  if (field.default === undefined) return field.required === true ? 'required' : '';
  const text = [field.default].flat().join(',');
  return `default ${text === '' ? 'empty' : text}`;
}
