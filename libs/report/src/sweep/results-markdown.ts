import type { ResultsInput } from './results-input.js';
import { sweepColumns, tally, terms } from './sweep-cells.js';
import type { SweepRow } from './sweep-rows.js';

/** The results as Markdown: a table, what people read from it, and what failed. */
export function resultsMarkdown(input: ResultsInput): string {
  const { rows, command, environment } = input;
  const header = ['Recipe', ...sweepColumns.map(({ title }) => title)];
  const line = (cells: readonly string[]) => `| ${cells.map(inCell).join(' | ')} |`;
  const rule = ['---', ...sweepColumns.map(({ isNumber }) => (isNumber === true ? '---:' : '---'))];
  const body = rows.map((row) => line([row.key, ...sweepColumns.map(({ cell }) => cell(row) ?? '')]));
  const parts = [
    '# Results',
    `Every recipe of the library, run end to end. Made by \`${command}\`; as a page with a plot: [results.html](results.html).`,
    tally(rows),
    [line(header), line(rule), ...body].join('\n'),
    terms(input)
      .map((sentence) => `- ${sentence}`)
      .join('\n'),
    ...readings(rows),
    ...failures(rows),
    ...facts(environment),
  ];
  return `${parts.join('\n\n')}\n`.replaceAll('\u00a0', ' ');
}

function readings(rows: readonly SweepRow[]): string[] {
  const read = rows.filter(({ reading }) => reading !== undefined);
  if (read.length === 0) return [];
  return ['## Readings', read.map(({ key, reading = '' }) => `- **${key}**: ${inLine(reading)}`).join('\n')];
}

function failures(rows: readonly SweepRow[]): string[] {
  // A run that failed is said once, not for each of its stages.
  const failed = new Map(
    rows.flatMap(({ recipe, failures }) =>
      failures.map(({ seed, reason }): [string, string] => [`${recipe.name}, seed ${seed}`, reason]),
    ),
  );
  if (failed.size === 0) return [];
  return ['## Failed', [...failed].map(([what, reason]) => `- **${what}**: ${inLine(reason)}`).join('\n')];
}

function facts(environment: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(environment);
  if (entries.length === 0) return [];
  return ['## Computed with', entries.map(([name, value]) => `- ${name}: ${inLine(value)}`).join('\n')];
}

const inLine = (text: string): string => text.trim().replace(/\s+/g, ' ').replaceAll('<', '&lt;');
const inCell = (text: string): string => inLine(text).replaceAll('|', '\\|');
