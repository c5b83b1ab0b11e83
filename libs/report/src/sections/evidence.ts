import { type Html, html } from '../page/html.js';
import { count, percent, probability, signed } from '../summary/format.js';
import type { Comparison } from '../summary/comparison.js';
import type { ReportModel } from '../summary/report-model.js';
import { standardError } from '../summary/statistics.js';

/** How far the numbers can be trusted: what one run can show, and what it can't. */
export function evidence(model: ReportModel): Html {
  return html`<section id="evidence" aria-labelledby="evidence-title">
    <h2 id="evidence-title">What this run can and can’t show</h2>
    <div class="columns">
      <div>
        <h3>It can show</h3>
        ${sampling(model)}${paired(model)}
      </div>
      <div>
        <h3>It can’t show</h3>
        ${limits(model)}
      </div>
    </div>
  </section>`;
}

function sampling({ best, alone, evaluations }: ReportModel): Html {
  const row = alone ?? best;
  const sampleCount = row && evaluations[row.task]?.sampleCount;
  if (row?.testAccuracy === undefined || sampleCount === undefined) {
    return html`<p>
      Nothing was tested on a known number of images, so there is no measure of chance here.
    </p>`;
  }
  const error = standardError(row.testAccuracy, sampleCount);
  return html`<p>
    An accuracy of ${percent(row.testAccuracy)} on ${count(sampleCount)} test images has a standard error of
    ${(100 * error).toFixed(2)} points: another ${count(sampleCount)} images of the same kind would give a
    number this far off, easily twice as far.
  </p>`;
}

function paired({ comparisons, alone, dataGap }: ReportModel): Html | undefined {
  if (comparisons.size === 0) {
    return alone === undefined
      ? undefined
      : html`<p>
          Students see the same images, so they can be compared image by image, which tells smaller
          differences apart. That was not possible here.${dataGap === undefined ? undefined : ` ${dataGap}`}
        </p>`;
  }
  const rows = [...comparisons.values()].map(
    (c) =>
      html`<tr>
        <th scope="row">${c.student}</th>
        <td data-label="Only it right">${count(c.gained.length)}</td>
        <td data-label="Only alone right">${count(c.lost.length)}</td>
        <td data-label="Both right">${count(c.bothRight)}</td>
        <td data-label="Both wrong">${count(c.bothWrong)}</td>
        <td data-label="Difference, points">${signed(c.points)} <small>${interval(c)}</small></td>
        <td data-label="McNemar p">${probability(c.p)}</td>
      </tr>`,
  );
  return html`<p>
      Both students saw the same images, so they are compared image by image. Only images on which they
      disagree tell them apart; McNemar’s exact test asks how often chance would split those as unevenly.
    </p>
    <table class="stack">
      <caption class="hidden">
        Distilled students against the student alone, image by image
      </caption>
      <thead>
        <tr>
          <th scope="col">Student</th>
          <th scope="col">Only it right</th>
          <th scope="col">Only alone right</th>
          <th scope="col">Both right</th>
          <th scope="col">Both wrong</th>
          <th scope="col">Difference <small>points, 95 %</small></th>
          <th scope="col">McNemar <small>p</small></th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`;
}

const interval = (c: Comparison): string => `${signed(c.lowPoints)} to ${signed(c.highPoints)}`;

function limits({ rows, budget, comparisons }: ReportModel): Html {
  const students = rows.filter((row) => row.role === 'distilled' && row.testAccuracy !== undefined);
  const points = [
    'What another seed would give. Each student was trained once; start and order of samples alone often move the accuracy by several tenths of a point, and none of the figures here contain that. Run the recipe with other values of spec.seed to see it.',
    'What a longer training, another pair of networks or other data would give.',
    students.length > 1
      ? `That the best of ${students.length} students is really the best: picking the highest of several numbers flatters it.`
      : '',
    comparisons.size > 1
      ? `That none of the ${comparisons.size} comparisons is a lucky one: by chance alone one in twenty has p below 0.05.`
      : '',
    budget !== undefined && !budget.same
      ? 'How much of the difference comes from the teacher, since the students’ trainings differ in more than that.'
      : '',
  ].filter((point) => point !== '');
  return html`<ul>
    ${points.map((point) => html`<li>${point}</li>`)}
  </ul>`;
}
