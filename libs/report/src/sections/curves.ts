import type { StepMetrics } from '@lyceum/contracts/trainer';
import { lineChart, type ChartData, type LineChart } from '../charts/line-chart.js';
import { type Html, html, jsonIsland } from '../page/html.js';
import { toneOf } from '../page/tones.js';
import { count, figure, percent } from '../summary/format.js';
import type { ReportModel } from '../summary/report-model.js';
import { pointsOf, type TaskSeries } from '../summary/series.js';

/** Beyond this many terms the choice of losses is no help any more. */
const termLimit = 8;

interface Quantity {
  readonly id: string;
  /** In the choice of what to show. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly pick: (metrics: StepMetrics) => number | undefined;
  readonly range?: readonly [number, number];
}

/** Training loss and accuracy by step, with a legend that hides and shows networks. */
export function curves(model: ReportModel): Html {
  const { series } = model;
  if (series.length === 0) {
    return html`<section id="curves" aria-labelledby="curves-title">
      <h2 id="curves-title">Training curves</h2>
      <p>The run recorded no numbers of training steps.</p>
    </section>`;
  }
  const losses = lossQuantities(series);
  const drawnLosses = losses.map((quantity) => draw(quantity, model));
  const drawnAccuracy = draw(accuracy, model);
  const charts = [...drawnLosses, drawnAccuracy];
  const data: Record<string, ChartData> = Object.fromEntries(
    charts.map(({ chart, data }) => [chart.id, data]),
  );
  return html`<section id="curves" aria-labelledby="curves-title">
    <h2 id="curves-title">Training curves</h2>
    ${legend(model)}
    <div class="charts">
      <div data-panels="loss">
        ${choice(losses)}${drawnLosses.map(({ chart, markup }) => html`<div data-panel="${chart.id}">${markup}</div>`)}
      </div>
      <div>${drawnAccuracy.markup}</div>
    </div>
    <p class="terms">
      Measured on training batches, augmentation included. Faint: as reported, each point the mean of a few
      steps; strong: running mean.
      ${losses.length > 1 ? 'The total loss adds different terms for different students, so only single terms can be compared between them.' : ''}
    </p>
    ${byEpoch(model)} ${jsonIsland('chart-data', data)}
  </section>`;
}

const accuracy: Quantity = {
  id: 'chart-accuracy',
  name: 'accuracy',
  title: 'Training accuracy',
  unit: '%',
  pick: (metrics) => 100 * metrics.accuracy,
};

function lossQuantities(series: readonly TaskSeries[]): Quantity[] {
  const terms = new Set(series.flatMap(({ metrics }) => metrics.flatMap((m) => Object.keys(m.losses))));
  const total: Quantity = {
    id: 'chart-loss',
    name: 'total',
    title: 'Training loss',
    unit: 'weighted total',
    pick: (m) => m.loss,
  };
  if (terms.size < 2) return [total];
  const single = [...terms].slice(0, termLimit).map((term, i) => ({
    id: `chart-term-${i + 1}`,
    name: term,
    title: `Training loss: ${term}`,
    unit: 'unweighted',
    pick: (metrics: StepMetrics) => (Object.hasOwn(metrics.losses, term) ? metrics.losses[term] : undefined),
  }));
  return [total, ...single];
}

function draw(
  quantity: Quantity,
  { series, cast }: ReportModel,
): { chart: LineChart; markup: Html; data: ChartData } {
  const lastStep = Math.max(...series.map(({ metrics }) => metrics[metrics.length - 1].step));
  const lines = series.map((one) => ({
    task: one.task,
    tone: toneOf(one.task, cast),
    points: pointsOf(one, quantity.pick),
  }));
  const { id, title, unit, range } = quantity;
  const chart = {
    id,
    title,
    unit,
    lastStep,
    curves: lines.filter((line) => line.points.step.length > 0),
    ...(range ? { range } : {}),
  };
  return { chart, ...lineChart(chart) };
}

function legend({ series, cast }: ReportModel): Html {
  const items = series.map(
    ({ task }) =>
      html`<button type="button" aria-pressed="true" data-toggle="${task}" data-tone="${toneOf(task, cast)}">
        <svg viewBox="0 0 28 10" aria-hidden="true"><path class="mean" d="M1 5H27" /></svg>${task}
      </button>`,
  );
  return html`<div class="legend" role="group" aria-label="Networks shown in the charts">${items}</div>`;
}

function choice(losses: readonly Quantity[]): Html | undefined {
  if (losses.length < 2) return undefined;
  const options = losses.map(
    (quantity, i) =>
      html`<button type="button" data-show="${quantity.id}" aria-pressed="${i === 0 ? 'true' : 'false'}">
        ${quantity.name}
      </button>`,
  );
  return html`<div class="choice" role="group" aria-label="Loss shown">${options}</div>`;
}

/** The same curves as numbers, for those who can't or don't want to read charts. */
function byEpoch({ series }: ReportModel): Html {
  const groups = series.map(({ task, metrics }) => {
    const epochs = [...new Set(metrics.map((m) => m.epoch))].sort((a, b) => a - b);
    const rows = epochs.map((epoch) => {
      const inside = metrics.filter((m) => m.epoch === epoch);
      const mean = (pick: (m: StepMetrics) => number) =>
        inside.reduce((sum, m) => sum + pick(m), 0) / inside.length;
      return html`<tr>
        <th scope="row">${count(epoch + 1)}</th>
        <td>${figure(mean((m) => m.loss))}</td>
        <td>
          ${percent(
            mean((m) => m.accuracy),
            1,
          )}
        </td>
        <td>${figure(inside[inside.length - 1].learningRate)}</td>
        <td>${count(Math.round(mean((m) => m.samplesPerSecond)))}</td>
      </tr>`;
    });
    return html`<table>
      <caption>
        ${task}
      </caption>
      <thead>
        <tr>
          <th scope="col">Epoch</th>
          <th scope="col">Loss</th>
          <th scope="col">Accuracy</th>
          <th scope="col">Learning rate <small>at end</small></th>
          <th scope="col">Samples/s</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`;
  });
  return html`<details>
    <summary>The same as numbers, by epoch</summary>
    <div class="epochs">${groups}</div>
  </details>`;
}
