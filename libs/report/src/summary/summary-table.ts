import type { Run } from '@lyceum/contracts/orchestrator';
import { askedAheadOf } from './asked-ahead.js';
import { castOf } from './cast.js';
import { bytes, count, duration, millions, percent, plain, signed, times } from './format.js';
import { measureOf, measuresOf, measureText } from './measures.js';
import { planOf } from './plan-of.js';
import { areOfManySizes, resultRows, type ResultRow } from './result-rows.js';

export interface SummaryRows {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface Column {
  readonly title: string;
  readonly cell: (row: ResultRow) => string | undefined;
  readonly isText?: boolean;
}

const roleNames = {
  teacher: 'teacher',
  alone: 'student alone',
  distilled: 'student distilled',
  other: 'network',
} as const;

const columnsOf = (measure: string, showsWork: boolean): readonly Column[] => [
  { title: 'role', cell: (row) => roleNames[row.role], isText: true },
  { title: 'task', cell: (row) => row.task, isText: true },
  { title: 'network', cell: (row) => row.architecture, isText: true },
  { title: 'parameters', cell: (row) => text(row.parameterCount, count) },
  { title: 'multiply-adds', cell: (row) => (showsWork ? text(row.multiplyAdds, millions) : undefined) },
  { title: 'smaller', cell: (row) => text(row.timesSmaller, times) },
  {
    title: measure,
    cell: (row) => text(row.score, percent) ?? (row.state === 'succeeded' ? undefined : row.state),
  },
  { title: 'gain', cell: (row) => text(row.gainPoints, signed) },
  { title: 'wall time', cell: (row) => text(row.wallMs, duration) },
  { title: 'keys', cell: (row) => text(row.keyBytes, bytes) },
  { title: 'per sample', cell: (row) => text(row.keyBytesPerSample, bytes) },
];

/** The report's result table as cells of plain text, all columns, empty where there is no value. */
export function summaryRows(run: Run): SummaryRows {
  const rows = rowsOf(run);
  const columns = columnsOf(measureOf(planOf(run).plan), areOfManySizes(rows));
  return {
    header: columns.map(({ title }) => title),
    rows: rows.map((row) => columns.map(({ cell }) => plain(cell(row) ?? ''))),
  };
}

/**
 * The report's result table laid out for a terminal, without the columns that have no value, and below it what was
 * measured besides accuracy and what teachers were asked for ahead. Empty without any of these.
 */
export const summaryTable = (run: Run): string =>
  [networksTable(run), measuresTable(run), askedAheadTable(run)].filter((table) => table !== '').join('\n\n');

function networksTable(run: Run): string {
  const { header, rows } = summaryRows(run);
  if (rows.length === 0) return '';
  const shown = header.map((_, i) => i).filter((i) => rows.some((row) => row[i] !== ''));
  const chosen = [header, ...rows].map((cells) => shown.map((i) => cells[i]));
  return laidOut(
    chosen,
    shown.map((i) => columnsOf('', true)[i].isText === true),
  );
}

function measuresTable(run: Run): string {
  const measures = measuresOf(run, planOf(run).plan);
  if (measures === undefined) return '';
  const { results, rows } = measures;
  const header = ['network', 'measured by', ...results.map(measureText)];
  const body = rows.map(({ network, stage, values }) => [
    network,
    stage,
    ...results.map((name) => (name in values ? percent(values[name]) : '')),
  ]);
  return laidOut(
    [header, ...body].map((cells) => cells.map(plain)),
    header.map((_, i) => i < 2),
  );
}

function askedAheadTable(run: Run): string {
  const header = ['keys asked ahead', 'samples', 'views', 'received', 'wall time'];
  const body = askedAheadOf(run).map(({ task, samples, views, receivedBytes, fillMs }) => [
    task,
    count(samples),
    count(views),
    bytes(receivedBytes),
    duration(fillMs),
  ]);
  if (body.length === 0) return '';
  return laidOut(
    [header, ...body].map((cells) => cells.map(plain)),
    header.map((_, i) => i === 0),
  );
}

/** Columns as wide as their widest cell; the first line is the header. */
function laidOut(lines: readonly (readonly string[])[], isText: readonly boolean[]): string {
  const [head, ...body] = lines.map((cells) => {
    const padded = cells.map((cell, i) => {
      const width = Math.max(...lines.map((line) => line[i].length));
      return isText[i] ? cell.padEnd(width) : cell.padStart(width);
    });
    return padded.join('  ').trimEnd();
  });
  return [head, '-'.repeat(Math.max(...[head, ...body].map((line) => line.length))), ...body].join('\n');
}

function rowsOf(run: Run): ResultRow[] {
  const { plan } = planOf(run);
  return resultRows({ run, plan, cast: castOf(run, plan), events: [], evaluations: {} });
}

const text = (value: number | undefined, show: (value: number) => string): string | undefined =>
  value === undefined ? undefined : show(value);
