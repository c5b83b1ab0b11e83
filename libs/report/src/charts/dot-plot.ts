import { type Html, html, type Part, when } from '../page/html.js';
import type { Tone } from '../page/tones.js';
import { ticks } from './ticks.js';

export interface DotLine {
  readonly name: string;
  readonly tone: Tone;
  readonly value: number;
  /** How far its bar reaches to each side. */
  readonly reach?: number | undefined;
  /** Single values that `value` is made of, as small dots. */
  readonly parts?: readonly number[];
  /** What stands at the end of the line. */
  readonly text: Part;
}

export interface DotPlot {
  readonly title: string;
  /** What the axis shows, with its unit, and what the bars are. */
  readonly unit: string;
  readonly lines: readonly DotLine[];
  /** The axis goes no further than this; what lies beyond is an arrow at its end. */
  readonly limits?: readonly [low: number, high: number];
  /** Free space at both ends, at least. */
  readonly leastMargin?: number;
  /** A value that is marked in all lines, and that the axis reaches to. */
  readonly origin?: number;
}

/** A line for each value: a dot, and a bar that reaches to both sides. */
export function dotPlot({ title, unit, lines, limits, leastMargin = 0, origin }: DotPlot): Html {
  const marked = origin === undefined ? [] : [origin];
  const shown = lines.flatMap(({ value, reach = 0, parts = [] }) => [value - reach, value + reach, ...parts]);
  const [bottom, top] = [Math.min(...shown, ...marked), Math.max(...shown, ...marked)];
  const margin = Math.max(0.08 * (top - bottom), leastMargin);
  const [least, most] = limits ?? [-Infinity, Infinity];
  const [low, high] = [Math.max(least, bottom - margin), Math.min(most, top + margin)];
  const at = (value: number) => {
    const share = (value - low) / (high - low || 1);
    return `${(100 * Math.min(1, Math.max(0, share))).toFixed(2)}%`;
  };
  const shapeOf = (value: number) => (value < low ? 'dot below' : value > high ? 'dot above' : 'dot');
  const zero = when(origin, (value) => html`<span class="origin" style="left:${at(value)}"></span>`);
  const items = lines.map(({ name, tone, value, reach, parts = [], text }) => {
    const bar = when(
      reach,
      (r) =>
        html`<span class="bar" style="left:${at(value - r)};right:calc(100% - ${at(value + r)})"></span>`,
    );
    const small = parts.map((part) => html`<span class="part" style="left:${at(part)}"></span>`);
    return html`<li data-tone="${tone}">
      <span class="name">${name}</span>
      <span class="track"
        >${zero}${bar}${small}<span class="${shapeOf(value)}" style="left:${at(value)}"></span></span
      ><span class="value">${text}</span>
    </li>`;
  });
  const axis = ticks(low, high, 8).map(
    (mark) => html`<span style="left:${at(mark)}">${Number(mark.toFixed(3))}</span>`,
  );
  return html`<figure class="dots">
    <figcaption>${title}<span class="unit">${unit}</span></figcaption>
    <ul>
      ${items}
    </ul>
    <div class="axis" aria-hidden="true">${axis}</div>
  </figure>`;
}
