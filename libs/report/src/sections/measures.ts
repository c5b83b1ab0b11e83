import { type Html, html } from '../page/html.js';
import { noValue } from '../page/no-value.js';
import { percent } from '../summary/format.js';
import { measureText } from '../summary/measures.js';
import type { ReportModel } from '../summary/report-model.js';

/** What evaluations found besides accuracy, part of the result; undefined without any. */
export function measures({ measures: found }: ReportModel): Html | undefined {
  if (found === undefined) return undefined;
  const { results, rows } = found;
  const body = rows.map(
    ({ network, stage, values }) =>
      html`<tr>
        <th scope="row">${network} <small>${stage}</small></th>
        ${results.map((name) => html`<td data-label="${measureText(name)}">${name in values ? percent(values[name]) : noValue}</td>`)}
      </tr>`,
  );
  return html`<h3>Measures of features</h3>
    <table class="measures stack">
      <caption class="hidden">
        What evaluations found of features
      </caption>
      <thead>
        <tr>
          <th scope="col">Network</th>
          ${results.map((name) => html`<th scope="col">${measureText(name)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
    ${results.some((name) => name.startsWith('verification')) ? explanation : undefined}`;
}

const explanation = html`<p class="terms">
  True accepts: the share of pairs of one class that are taken for one, where at most the given share of pairs
  of two classes is; within: pairs that were changed alike, across: pairs that were not.
</p>`;
