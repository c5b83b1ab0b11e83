import { dotPlot } from '../charts/dot-plot.js';
import { document } from '../page/document.js';
import { type Html, html, when } from '../page/html.js';
import { noValue } from '../page/no-value.js';
import type { Tone } from '../page/tones.js';
import { signed } from '../summary/format.js';
import type { ResultsInput } from './results-input.js';
import { sweepColumns, tally, terms } from './sweep-cells.js';
import type { SweepOutcome, SweepRow } from './sweep-rows.js';

/** The results as one HTML document that needs nothing from anywhere else. */
export function resultsPage(input: ResultsInput): string {
  const { rows, command, environment } = input;
  const content = html`
    <header class="headline">
      <p class="kicker"><span>Lyceum results</span><span>${command}</span></p>
      <h1>Every recipe against the student alone</h1>
      <p class="verdict">${tally(rows)}</p>
    </header>
    ${plot(rows)} ${table(rows)}
    <section id="terms" aria-labelledby="terms-title">
      <h2 id="terms-title">Terms</h2>
      ${terms(input).map((sentence) => html`<p class="terms">${sentence}</p>`)} ${facts(environment)}
    </section>
  `;
  return document({ title: 'Lyceum results', skip: 'Skip to the results', content });
}

const tones: Readonly<Record<SweepOutcome, Tone>> = {
  better: 'd2',
  ahead: 'd1',
  behind: 'alone',
  worse: 'alone',
  unknown: 'other',
};

/** Points. A method that fails altogether would press all others together. */
const mostShown = [-10, 10] as const;

function plot(rows: readonly SweepRow[]): Html | undefined {
  const lines = rows.flatMap(({ key, gain, gains, outcome }) => {
    if (gain === undefined) return [];
    const parts = gains.length < 2 ? [] : gains.map(({ points }) => points);
    const text = html`${signed(gain.mean)}${when(gain.deviation, (d) => html` <small>± ${d.toFixed(2)}</small>`)}`;
    return [{ name: key, tone: tones[outcome], value: gain.mean, reach: usualReach(gain), parts, text }];
  });
  if (lines.length === 0) return undefined;
  return html`<section id="gains" aria-labelledby="gains-title">
    <h2 id="gains-title">Gains</h2>
    ${dotPlot({
      title: 'Gain over the student alone',
      unit: 'points; small dots are seeds, bars one standard error of the mean to each side, arrows lie beyond',
      lines,
      origin: 0,
      limits: mostShown,
      leastMargin: 0.1,
    })}
  </section>`;
}

/** One standard error of the mean. The 95 % interval of three seeds is four times as wide: it would hide all else. */
const usualReach = ({ count, deviation }: { count: number; deviation?: number }): number | undefined =>
  deviation === undefined ? undefined : deviation / Math.sqrt(count);

function table(rows: readonly SweepRow[]): Html {
  const head = sweepColumns.map(
    ({ title, note }) => html`<th scope="col">${title}${when(note, (n) => html` <small>${n}</small>`)}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr data-tone="${tones[row.outcome]}" data-outcome="${row.outcome}">
          <th scope="row">
            <div class="who">
              <span class="mark" aria-hidden="true"></span
              ><span>${row.key}<small>${row.recipe.title}</small></span>
            </div>
          </th>
          ${sweepColumns.map(({ title, cell }) => html`<td data-label="${title}">${cell(row) ?? noValue}</td>`)}
        </tr>
        ${remarks(row)}`,
  );
  return html`<section id="table" aria-labelledby="table-title">
    <h2 id="table-title">Table</h2>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="table-title">
      <table class="sweep">
        <thead>
          <tr>
            <th scope="col">Recipe and stage</th>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${body}
        </tbody>
      </table>
    </div>
  </section>`;
}

function remarks({ reading, failures }: SweepRow): Html | undefined {
  const failed = failures.map(({ seed, reason }) => html`<p class="failed">Seed ${seed}: ${reason}</p>`);
  if (reading === undefined && failed.length === 0) return undefined;
  return html`<tr class="remarks">
    <td colspan="${sweepColumns.length + 1}">${when(reading, (text) => html`<p>${text}</p>`)}${failed}</td>
  </tr>`;
}

function facts(environment: Readonly<Record<string, string>>): Html | undefined {
  const entries = Object.entries(environment);
  if (entries.length === 0) return undefined;
  return html`<dl class="facts">
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
