import type { Comparison } from '@lyceum/losses';
import type { CasePaths, PathName } from './case-paths.js';

const kinds = {
  value: (what: string) => what === 'value' || what.startsWith('terms.') || what.startsWith('outputs.'),
  gradient: (what: string) => what.startsWith('grads.'),
} as const;

/** A line a loss: cases, and by every path the worst relative error of value (with its terms) and gradient. */
export function pathTable(cases: readonly CasePaths[], paths: readonly PathName[]): string {
  const ids = [...new Set(cases.map(({ about }) => about.module.id))];
  const rows = ids.map((id) => {
    const mine = cases.filter(({ about }) => about.module.id === id);
    return [id, `${mine.length}`, ...pathErrors(mine, paths)];
  });
  const titles = paths.flatMap((path) => [path, '']);
  const header = ['loss', 'cases', ...paths.flatMap(() => Object.keys(kinds))];
  return aligned([['', '', ...titles], header, ...rows]);
}

/** Of some cases by some paths: the worst of value, the worst of gradient. */
export function pathErrors(cases: readonly CasePaths[], paths: readonly PathName[]): string[] {
  return paths.flatMap((path) => worstErrors(cases.flatMap(({ byPath }) => byPath[path])));
}

/** The worst relative error of value (with terms or outputs), and of gradient; where the exact answer is 0 there is none. */
export function worstErrors(comparisons: readonly Comparison[]): string[] {
  return Object.values(kinds).map((counts) => {
    const errors = comparisons.filter(({ what, absolute }) => counts(what) && !absolute);
    if (errors.length === 0) return '-';
    return errors.reduce((worst, { error }) => Math.max(worst, error), 0).toExponential(1);
  });
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
