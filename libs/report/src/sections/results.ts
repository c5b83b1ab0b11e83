import { type Html, html, when } from '../page/html.js';
import { noValue } from '../page/no-value.js';
import { toneOf } from '../page/tones.js';
import { dotPlot } from '../charts/dot-plot.js';
import { askedAhead } from './asked-ahead.js';
import { measures } from './measures.js';
import { bytes, count, duration, millions, percent, signed, times } from '../summary/format.js';
import type { ReportModel } from '../summary/report-model.js';
import { areOfManySizes, type ResultRow } from '../summary/result-rows.js';

const roleNames = {
  teacher: 'Teacher',
  alone: 'Student alone',
  distilled: 'Distilled student',
  other: 'Network',
} as const;

/** Role for people; a network that taught its later self is both. */
export function roleText(row: ResultRow, model: ReportModel): string {
  return row.task === model.cast.alone && row.role === 'teacher'
    ? 'Teacher and student alone'
    : roleNames[row.role];
}

interface Column {
  readonly title: string;
  readonly note?: string;
  readonly cell: (row: ResultRow) => string | undefined;
}

const columnsOf = ({ measure, rows }: ReportModel): readonly Column[] => [
  { title: 'Parameters', cell: (row) => text(row.parameterCount, count) },
  {
    title: 'Multiply-adds',
    note: 'an image',
    cell: (row) => (areOfManySizes(rows) ? text(row.multiplyAdds, millions) : undefined),
  },
  { title: 'Smaller', note: 'than the teacher', cell: (row) => text(row.timesSmaller, times) },
  { title: capital(measure), cell: (row) => text(row.score, percent) },
  { title: 'Gain', note: 'points over alone', cell: (row) => text(row.gainPoints, signed) },
  { title: 'Wall time', cell: (row) => text(row.wallMs, duration) },
  { title: 'Keys', note: 'streamed', cell: (row) => text(row.keyBytes, bytes) },
  { title: 'Keys', note: 'per sample seen', cell: (row) => text(row.keyBytesPerSample, bytes) },
];

/** The result table, the same as dots on a line, and on what terms it was got. */
export function results(model: ReportModel): Html {
  return html`<section id="result" aria-labelledby="result-title">
    <h2 id="result-title">Result</h2>
    ${model.rows.length === 0 ? html`<p>This run trained no network that could be compared.</p>` : table(model)}
    ${dots(model)} ${measures(model)} ${askedAhead(model)}
    ${when(model.budget, ({ sentences }) => html`<p class="terms">${sentences.join(' ')}</p>`)}
    ${adapters(model.rows)}
  </section>`;
}

function table(model: ReportModel): Html {
  const shown = columnsOf(model).filter(({ cell }) => model.rows.some((row) => cell(row) !== undefined));
  const head = shown.map(
    ({ title, note }) => html`<th scope="col">${title}${when(note, (n) => html` <small>${n}</small>`)}</th>`,
  );
  const body = model.rows.map(
    (row) =>
      html`<tr
        data-tone="${toneOf(row.task, model.cast)}"
        ${row === model.best ? html` class="best"` : undefined}
      >
        <th scope="row">
          <div class="who">
            <span class="mark" aria-hidden="true"></span>
            <span>${roleText(row, model)}<small>${nameOf(row)}</small></span>
          </div>
        </th>
        ${shown.map(({ title, note, cell }) => html`<td data-label="${title}${note ? ` ${note}` : ''}">${cell(row) ?? noValue}</td>`)}
      </tr>`,
  );
  return html`<table class="results stack">
    <caption class="hidden">
      Networks of this run side by side
    </caption>
    <thead>
      <tr>
        <th scope="col">Network</th>
        ${head}
      </tr>
    </thead>
    <tbody>
      ${body}
    </tbody>
  </table>`;
}

function nameOf(row: ResultRow): string {
  const state = row.state === 'succeeded' || row.state === 'given' ? '' : `, ${row.state}`;
  return `${row.task}${row.architecture === undefined || row.architecture === row.task ? '' : ` · ${row.architecture}`}${state}`;
}

const text = <T>(value: T | undefined, show: (value: T) => string): string | undefined =>
  value === undefined ? undefined : show(value);

function adapters(rows: readonly ResultRow[]): Html | undefined {
  const own = rows.filter((row) => row.adapterParameterCount !== undefined);
  if (own.length === 0) return undefined;
  const parts = own.map((row) => `${row.task} ${count(row.adapterParameterCount ?? 0)}`);
  return html`<p class="terms">
    Parameters of adapters, trained along and then dropped, are not counted: ${parts.join(', ')}.
  </p>`;
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** One line a network: its score as a dot, with one standard error to each side. */
function dots(model: ReportModel): Html | undefined {
  const lines = model.rows.flatMap((row) => {
    if (row.score === undefined) return [];
    const error = row.standardError;
    const text = html`${percent(row.score)}${when(error, (e) => html` <small>± ${(100 * e).toFixed(2)}</small>`)}`;
    const reach = error === undefined ? undefined : 100 * error;
    return [{ name: row.task, tone: toneOf(row.task, model.cast), value: 100 * row.score, reach, text }];
  });
  if (lines.length < 2) return undefined;
  const whisker = lines.some(({ reach }) => reach !== undefined)
    ? '; bars reach one standard error to each side'
    : '';
  return dotPlot({
    title: capital(model.measure),
    unit: `%${whisker}`,
    lines,
    limits: [0, 100],
    leastMargin: 0.2,
  });
}
