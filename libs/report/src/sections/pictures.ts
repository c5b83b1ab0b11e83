import type { LoadedData } from '@lyceum/data';
import { type Html, html } from '../page/html.js';
import { pngUri } from '../page/png.js';
import { plural } from '../summary/format.js';
import type { Comparison } from '../summary/comparison.js';
import type { ReportModel } from '../summary/report-model.js';

const gainedLimit = 24;
const lostLimit = 12;

interface Answers {
  readonly name: string;
  readonly predictions: readonly number[];
}

/** Test images that the student alone got wrong and the distilled one right, and the other way round. */
export async function pictures(model: ReportModel): Promise<Html> {
  const { best, data, comparisons } = model;
  const title = html`<h2 id="images-title">Images on which they disagree</h2>`;
  const comparison = best && comparisons.get(best.task);
  if (comparison === undefined || data === undefined) {
    const why =
      model.dataGap ??
      'They need a distilled student and a student alone, both evaluated on the test images.';
    return html`<section id="images" aria-labelledby="images-title">
      ${title}
      <p>No images to show. ${why}</p>
    </section>`;
  }
  const answers = answersOf(model, comparison);
  const gained = await grid(comparison.gained.slice(0, gainedLimit), data, answers);
  const lost = await grid(comparison.lost.slice(0, lostLimit), data, answers);
  const { student, other } = comparison;
  const [b, c] = [comparison.gained.length, comparison.lost.length];
  return html`<section id="images" aria-labelledby="images-title">
    ${title}
    <p>
      ${student} got ${plural(b, 'image')} right that ${other} got wrong, and ${other} got
      ${plural(c, 'image')} right that ${student} got wrong. Shown in the order of the test set, not picked.
    </p>
    <h3>Wrong alone, right distilled <small>${shownText(b, gainedLimit)}</small></h3>
    ${b === 0 ? html`<p>There is none.</p>` : gained}
    ${
      c === 0
        ? undefined
        : html`<details>
            <summary>
              The other way round: right alone, wrong distilled <small>${shownText(c, lostLimit)}</small>
            </summary>
            ${lost}
          </details>`
    }
  </section>`;
}

const shownText = (total: number, limit: number): string =>
  total > limit ? `the first ${limit} of ${total}` : `${total} in all`;

function answersOf({ evaluations, cast }: ReportModel, { student, other }: Comparison): Answers[] {
  const names = [...new Set([other, student, ...(cast.teacher === undefined ? [] : [cast.teacher])])];
  return names.flatMap((name) => {
    const evaluation = evaluations[name];
    return evaluation === undefined ? [] : [{ name, predictions: evaluation.predictions }];
  });
}

async function grid(
  indices: readonly number[],
  data: LoadedData,
  answers: readonly Answers[],
): Promise<Html> {
  const figures = indices.map(async (index) => {
    const pixels = data.test.images.subarray(index * data.sampleSize, (index + 1) * data.sampleSize);
    const truth = data.test.labels[index];
    const label = data.classes[truth];
    const lines = answers.map(({ name, predictions }) => {
      const said = predictions[index];
      const right = said === truth;
      return html`<li data-right="${right ? 'yes' : 'no'}">
        <span class="name">${name}</span>
        <span class="said"
          ><span class="sign"
            >${right ? '✓' : '✗'}<span class="hidden">${right ? ' right:' : ' wrong:'}</span></span
          >
          ${data.classes[said] ?? String(said)}</span
        >
      </li>`;
    });
    const [height, width] = data.shape;
    return html`<li>
      <figure class="picture">
        <img
          src="${await pngUri(pixels, data.shape)}"
          alt="Test image ${index}: ${label}"
          width="${width}"
          height="${height}"
        />
        <figcaption>
          <strong>${label}</strong>
          <ul>
            ${lines}
          </ul>
        </figcaption>
      </figure>
    </li>`;
  });
  return html`<ul class="pictures">
    ${await Promise.all(figures)}
  </ul>`;
}
