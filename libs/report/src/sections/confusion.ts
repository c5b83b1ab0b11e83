import type { Evaluation } from '../evaluation.js';
import { type Html, html } from '../page/html.js';
import { count, percent } from '../summary/format.js';
import type { ReportModel } from '../summary/report-model.js';

/** A matrix of more classes than this is not readable: then the classes with the most mistakes are shown. */
const classLimit = 20;

/** Which classes the best distilled student takes for which, and what of that differs from the student alone. */
export function confusion(model: ReportModel): Html {
  const { best, alone, evaluations } = model;
  const subject = best ?? alone;
  const own = subject && evaluations[subject.task];
  const title = html`<h2 id="confusion-title">Which classes are confused</h2>`;
  if (subject === undefined || own === undefined) {
    return html`<section id="confusion" aria-labelledby="confusion-title">
      ${title}
      <p>There is no evaluation of a student to show.</p>
    </section>`;
  }
  const other = alone === undefined || alone === subject ? undefined : evaluations[alone.task];
  const isSameKind = other?.classes.length === own.classes.length && other.sampleCount === own.sampleCount;
  const shown = chosenClasses(own, isSameKind ? other : undefined);
  const few =
    shown.length < own.classes.length
      ? ` The ${shown.length} classes with the most mistakes, of ${own.classes.length}.`
      : '';
  const name = subject.task;
  const panels = isSameKind
    ? html`<div class="choice" role="group" aria-label="Matrix shown">
          <button type="button" data-show="confusion-counts" aria-pressed="true">${name}</button>
          <button type="button" data-show="confusion-change" aria-pressed="false">
            change from ${alone?.task}
          </button>
        </div>
        <div data-panel="confusion-counts">${counts(own, shown, name)}</div>
        <div data-panel="confusion-change">${changes(own, other, shown, name, alone?.task ?? '')}</div>`
    : counts(own, shown, name);
  return html`<section id="confusion" aria-labelledby="confusion-title" data-panels="confusion">
    ${title}
    <p>${lead(own, name)}${few}</p>
    ${panels}
  </section>`;
}

function lead(own: Evaluation, name: string): string {
  const pairs = own.confusion.flatMap((row, actual) => row.map((n, predicted) => ({ n, actual, predicted })));
  const worst = pairs.filter(({ actual, predicted }) => actual !== predicted).sort((a, b) => b.n - a.n)[0];
  if (worst === undefined || worst.n === 0) return `${name} makes no mistake on the test images.`;
  const total = own.confusion[worst.actual].reduce((sum, n) => sum + n, 0);
  return `The most frequent mistake of ${name}: it takes ${own.classes[worst.actual]} for ${own.classes[worst.predicted]}, ${count(worst.n)} times of ${count(total)} (${percent(worst.n / total, 0)}).`;
}

function chosenClasses(own: Evaluation, other: Evaluation | undefined): number[] {
  const all = own.classes.map((_, index) => index);
  if (all.length <= classLimit) return all;
  const mistakes = (of: Evaluation | undefined, index: number) =>
    of === undefined
      ? 0
      : of.confusion[index].reduce((sum, n, predicted) => sum + (predicted === index ? 0 : n), 0);
  const total = (index: number) => mistakes(own, index) + mistakes(other, index);
  return [...all]
    .sort((a, b) => total(b) - total(a) || a - b)
    .slice(0, classLimit)
    .sort((a, b) => a - b);
}

interface Cell {
  readonly text: string;
  readonly kind: 'right' | 'wrong' | 'better' | 'worse' | 'same';
  /** 0 to 1. */
  readonly heat: number;
}

function counts(own: Evaluation, shown: readonly number[], name: string): Html {
  const cell = (actual: number, predicted: number): Cell => {
    const n = own.confusion[actual][predicted];
    const total = own.confusion[actual].reduce((sum, value) => sum + value, 0);
    const share = total === 0 ? 0 : n / total;
    const right = actual === predicted;
    // Mistakes are rare beside hits: their own scale keeps them visible.
    return {
      text: n === 0 ? '·' : count(n),
      kind: n === 0 ? 'same' : right ? 'right' : 'wrong',
      heat: right ? share : Math.min(1, 3 * share),
    };
  };
  const note =
    'Counts of test images. Blue: right; orange: mistakes, stronger the larger their share of the row.';
  return matrix(`Confusion matrix of ${name}`, note, own.classes, shown, cell);
}

function changes(
  own: Evaluation,
  other: Evaluation,
  shown: readonly number[],
  name: string,
  otherName: string,
): Html {
  const change = (actual: number, predicted: number) =>
    own.confusion[actual][predicted] - other.confusion[actual][predicted];
  const largest = Math.max(
    1,
    ...shown.flatMap((actual) => shown.map((predicted) => Math.abs(change(actual, predicted)))),
  );
  const cell = (actual: number, predicted: number): Cell => {
    const n = change(actual, predicted);
    if (n === 0) return { text: '·', kind: 'same', heat: 0 };
    const isBetter = actual === predicted ? n > 0 : n < 0;
    return {
      text: `${n > 0 ? '+' : '\u2212'}${count(Math.abs(n))}`,
      kind: isBetter ? 'better' : 'worse',
      heat: Math.abs(n) / largest,
    };
  };
  const note = `Counts of ${name} minus counts of ${otherName}. Blue: ${name} does better (more hits, fewer mistakes); orange: worse.`;
  return matrix(`Confusion matrix of ${name} minus that of ${otherName}`, note, own.classes, shown, cell);
}

function matrix(
  title: string,
  note: string,
  classes: readonly string[],
  shown: readonly number[],
  cell: (a: number, p: number) => Cell,
): Html {
  const head = shown.map((index) => html`<th scope="col"><span>${classes[index]}</span></th>`);
  const rows = shown.map((actual) => {
    const cells = shown.map((predicted) => {
      const { text, kind, heat } = cell(actual, predicted);
      return html`<td data-kind="${kind}" style="--heat:${heat.toFixed(3)}">${text}</td>`;
    });
    return html`<tr>
      <th scope="row">${classes[actual]}</th>
      ${cells}
    </tr>`;
  });
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${title}">
      <table class="matrix">
        <caption class="hidden">
          ${title}: rows are true classes, columns what the network said
        </caption>
        <thead>
          <tr>
            <th scope="col" class="corner">true ↓ &nbsp;said →</th>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    <p class="terms">${note}</p>`;
}
