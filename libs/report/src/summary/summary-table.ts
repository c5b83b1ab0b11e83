import type { Run } from '@lyceum/contracts/orchestrator';
import { castOf } from './cast.js';
import { bytes, count, duration, percent, plain, signed, times } from './format.js';
import { planOf } from './plan-of.js';
import { resultRows, type ResultRow } from './result-rows.js';

export interface SummaryRows {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface Column {
  readonly title: string;
  readonly cell: (row: ResultRow) => string | undefined;
  readonly isText?: boolean;
}

const roleNames = { teacher: 'teacher', alone: 'student alone', distilled: 'student distilled' } as const;

const columns: readonly Column[] = [
  { title: 'role', cell: (row) => roleNames[row.role], isText: true },
  { title: 'task', cell: (row) => row.task, isText: true },
  { title: 'network', cell: (row) => row.architecture, isText: true },
  { title: 'parameters', cell: (row) => text(row.parameterCount, count) },
  { title: 'smaller', cell: (row) => text(row.timesSmaller, times) },
  {
    title: 'test accuracy',
    cell: (row) => text(row.testAccuracy, percent) ?? (row.state === 'succeeded' ? undefined : row.state),
  },
  { title: 'gain', cell: (row) => text(row.gainPoints, signed) },
  { title: 'wall time', cell: (row) => text(row.wallMs, duration) },
  { title: 'keys', cell: (row) => text(row.keyBytes, bytes) },
  { title: 'per sample', cell: (row) => text(row.keyBytesPerSample, bytes) },
];

/** The report's result table as cells of plain text, all columns, empty where there is no value. */
export function summaryRows(run: Run): SummaryRows {
  const rows = rowsOf(run);
  return {
    header: columns.map(({ title }) => title),
    rows: rows.map((row) => columns.map(({ cell }) => plain(cell(row) ?? ''))),
  };
}

/** The report's result table laid out for a terminal, without the columns that have no value. Empty without networks. */
export function summaryTable(run: Run): string {
  const { header, rows } = summaryRows(run);
  if (rows.length === 0) return '';
  const shown = columns
    .map((column, i) => ({ ...column, i }))
    .filter(({ i }) => rows.some((row) => row[i] !== ''));
  const lines = [header, ...rows];
  const laidOut = lines.map((cells) =>
    shown.map(({ i, isText }) => {
      const width = Math.max(...lines.map((line) => line[i].length));
      return isText ? cells[i].padEnd(width) : cells[i].padStart(width);
    }),
  );
  const [head, ...body] = laidOut.map((cells) => cells.join('  ').trimEnd());
  return [head, '-'.repeat(Math.max(...[head, ...body].map((line) => line.length))), ...body].join('\n');
}

function rowsOf(run: Run): ResultRow[] {
  const { plan } = planOf(run);
  return resultRows({ run, plan, cast: castOf(run, plan), events: [], evaluations: {} });
}

const text = (value: number | undefined, show: (value: number) => string): string | undefined =>
  value === undefined ? undefined : show(value);
