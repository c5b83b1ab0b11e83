import { count, figure } from '../summary/format.js';
import { smoothed, thinned, type Points } from '../summary/series.js';
import { type Html, html } from '../page/html.js';
import type { Tone } from '../page/tones.js';
import { tickDigits, ticks } from './ticks.js';

export interface Curve {
  readonly task: string;
  readonly tone: Tone;
  readonly points: Points;
}

export interface LineChart {
  /** Unique in the page; letters, digits and dashes. */
  readonly id: string;
  readonly title: string;
  /** What the vertical axis shows, with its unit. */
  readonly unit: string;
  readonly curves: readonly Curve[];
  /** Last step of the horizontal axis. */
  readonly lastStep: number;
  /** Fixed vertical range; otherwise it follows the values, from 0 where they are all positive. */
  readonly range?: readonly [number, number];
}

/** What the page's script needs to read a chart out. */
export interface ChartData {
  readonly lastStep: number;
  readonly low: number;
  readonly high: number;
  readonly curves: readonly {
    task: string;
    step: readonly number[];
    text: readonly string[];
    value: readonly number[];
  }[];
}

const pointLimit = 240;

/** Lines of at most this many points are drawn in full; half-width of the smoothing, as a share of a line's points. */
const smoothingShare = 0.03;

/** Draws curves by step, raw values faint and their running mean on top; sizes are relative, so it fits any width. */
export function lineChart(chart: LineChart): { markup: Html; data: ChartData } {
  const curves = chart.curves.map((curve) => {
    const raw = thinned(curve.points, pointLimit);
    return { ...curve, raw, mean: smoothed(raw, Math.ceil(raw.step.length * smoothingShare)) };
  });
  const { low, high, cut } = rangeOf(
    chart,
    curves.flatMap((curve) => curve.raw.value),
  );
  const place = (step: number, value: number) => [
    1000 * (step / Math.max(1, chart.lastStep)),
    1000 * (1 - (value - low) / (high - low || 1)),
  ];
  const path = ({ step, value }: Points) =>
    step
      .map(
        (s, i) =>
          `${i === 0 ? 'M' : 'L'}${place(s, value[i])
            .map((n) => n.toFixed(1))
            .join(' ')}`,
      )
      .join('');
  const yTicks = ticks(low, high, 5);
  const xTicks = ticks(0, chart.lastStep, 5);
  const digits = tickDigits(yTicks);
  const lines = curves.map(
    (curve) =>
      html`<g data-task="${curve.task}" data-tone="${curve.tone}">
        <path class="raw" d="${path(curve.raw)}" /><path class="mean" d="${path(curve.mean)}"
      /></g>`,
  );
  const markup = html`<figure class="chart" data-chart="${chart.id}" id="${chart.id}">
    <figcaption>
      ${chart.title}<span class="unit"
        >${chart.unit}${cut ? `; values above ${figure(high)} are cut off` : ''}</span
      >
    </figcaption>
    <div class="plot">
      ${yTicks.map((t) => html`<span class="ytick" style="top:${((1000 - 1000 * ((t - low) / (high - low || 1))) / 10).toFixed(2)}%">${t.toFixed(digits)}</span>`)}
      <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        ${yTicks.map((t) => html`<path class="grid" d="M0 ${place(0, t)[1].toFixed(1)}H1000" />`)} ${lines}
        <path class="cursor" d="M0 0V1000" hidden />
      </svg>
      ${xTicks.map((t) => html`<span class="xtick" style="left:${((100 * t) / Math.max(1, chart.lastStep)).toFixed(2)}%">${count(t)}</span>`)}
    </div>
    <p class="xlabel">training step</p>
  </figure>`;
  const data = {
    lastStep: chart.lastStep,
    low,
    high,
    curves: curves.map(({ task, mean }) => ({
      task,
      step: mean.step,
      value: mean.value.map((value) => Number(value.toPrecision(6))),
      text: mean.value.map(figure),
    })),
  };
  return { markup, data };
}

function rangeOf(chart: LineChart, values: readonly number[]): { low: number; high: number; cut: boolean } {
  if (chart.range) return { low: chart.range[0], high: chart.range[1], cut: false };
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return { low: 0, high: 1, cut: false };
  const top = sorted[sorted.length - 1];
  const usual = sorted[Math.floor(0.98 * (sorted.length - 1))];
  const low = Math.min(0, sorted[0]);
  // A few wild first steps must not flatten all the rest.
  const cut = top > 2.5 * usual && usual > 0;
  const high = cut ? 1.25 * usual : low + 1.04 * (top - low);
  return { low, high: high > low ? high : low + 1, cut };
}
