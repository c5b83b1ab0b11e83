import type { Comparison } from '@lyceum/losses';
import { pathNames, type CasePaths } from './case-paths.js';

const kinds = {
  value: (what: string) => what === 'value' || what.startsWith('terms.'),
  gradient: (what: string) => what.startsWith('grads.'),
} as const;

/** A line a loss: cases, and by every path the worst relative error of value (with its terms) and gradient. */
export function pathTable(cases: readonly CasePaths[]): string {
  const ids = [...new Set(cases.map(({ about }) => about.module.id))];
  const rows = ids.map((id) => {
    const mine = cases.filter(({ about }) => about.module.id === id);
    const errors = pathNames.flatMap((path) =>
      Object.values(kinds).map((counts) =>
        worst(mine.flatMap(({ byPath }) => byPath[path].filter(({ what }) => counts(what)))),
      ),
    );
    return [id, `${mine.length}`, ...errors];
  });
  const titles = pathNames.flatMap((path) => [path, '']);
  const header = ['loss', 'cases', ...pathNames.flatMap(() => Object.keys(kinds))];
  return aligned([['', '', ...titles], header, ...rows]);
}

/** Relative errors only: where the exact answer is 0 there is none. */
function worst(comparisons: readonly Comparison[]): string {
  const errors = comparisons.filter(({ absolute }) => !absolute).map(({ error }) => error);
  return errors.length === 0 ? '-' : Math.max(...errors).toExponential(1);
}

/** Rows of cells in columns, the first to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}
