import type { Comparison } from './comparison.js';
import type { CaseReport, GoldenReport } from './run-golden.js';

interface Row {
  readonly name: string;
  readonly cases: readonly CaseReport[];
}

/** The table: a line a loss or operator with cases, worst errors of value (or output) and gradient, and verdict. */
export function goldenTable(report: GoldenReport): string {
  const header = ['loss', 'cases', 'value', 'gradient', ''];
  const rows = groupRows(report.cases).map(({ name, cases }) => [
    name,
    `${cases.length}`,
    worstError(cases, (what) => what === 'value' || what.startsWith('outputs.') || what.startsWith('terms.')),
    worstError(cases, (what) => what.startsWith('grads.')),
    cases.every(({ comparisons }) => comparisons.every(isFine)) ? 'ok' : 'WRONG',
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return [line(header), ...rows.map(line)].join('\n');
}

function groupRows(cases: readonly CaseReport[]): readonly Row[] {
  const rows = new Map<string, CaseReport[]>();
  for (const report of cases) {
    const name =
      report.kind === 'operator'
        ? `${report.module ?? report.file} (operator)`
        : (report.module ?? report.file);
    rows.set(name, [...(rows.get(name) ?? []), report]);
  }
  return [...rows].map(([name, group]) => ({ name, cases: group }));
}

function worstError(cases: readonly CaseReport[], counts: (what: string) => boolean): string {
  const found = cases.flatMap(({ comparisons }) => comparisons.filter(({ what }) => counts(what)));
  if (found.length === 0) return '-';
  return found.reduce((worst, { error }) => Math.max(worst, error), 0).toExponential(1);
}

function isFine(comparison: Comparison): boolean {
  return comparison.problem === undefined;
}
