import { type Html, html } from '../page/html.js';
import { askedAheadOf } from '../summary/asked-ahead.js';
import { bytes, count, duration } from '../summary/format.js';
import type { ReportModel } from '../summary/report-model.js';

/** What stages asked teachers for ahead of the students, part of the result; undefined without any. */
export function askedAhead({ run }: ReportModel): Html | undefined {
  const found = askedAheadOf(run);
  if (found.length === 0) return undefined;
  const body = found.map(
    ({ task, samples, views, receivedBytes, fillMs }) =>
      html`<tr>
        <th scope="row">${task}</th>
        <td data-label="Samples">${count(samples)}</td>
        <td data-label="Views">${count(views)}</td>
        <td data-label="Received">${bytes(receivedBytes)}</td>
        <td data-label="Wall time">${duration(fillMs)}</td>
      </tr>`,
  );
  return html`<h3>Keys asked for ahead</h3>
    <table class="measures stack">
      <caption class="hidden">
        What stages asked teachers for ahead of the students
      </caption>
      <thead>
        <tr>
          <th scope="col">Stage</th>
          <th scope="col">Samples</th>
          <th scope="col">Views</th>
          <th scope="col">Received</th>
          <th scope="col">Wall time</th>
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>`;
}
