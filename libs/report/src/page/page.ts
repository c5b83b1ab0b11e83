import { attention } from '../sections/attention.js';
import { confusion } from '../sections/confusion.js';
import { course } from '../sections/course.js';
import { curves } from '../sections/curves.js';
import { evidence } from '../sections/evidence.js';
import { headline, titleOf } from '../sections/headline.js';
import { pictures } from '../sections/pictures.js';
import { recipe } from '../sections/recipe.js';
import { results } from '../sections/results.js';
import type { ReportModel } from '../summary/report-model.js';
import { document } from './document.js';
import { html } from './html.js';
import { script } from './script.js';

const sections: readonly [id: string, name: string][] = [
  ['result', 'Result'],
  ['evidence', 'Evidence'],
  ['curves', 'Curves'],
  ['confusion', 'Confusion'],
  ['images', 'Images'],
  ['attention', 'Attention'],
  ['course', 'Run'],
  ['recipe', 'Recipe'],
];

/** The whole report as one HTML document that needs nothing from anywhere else. */
export async function page(model: ReportModel): Promise<string> {
  const maps = await attention(model);
  const shown = sections.filter(([id]) => id !== 'attention' || maps !== undefined);
  const nav = shown.map(([id, name]) => html`<a href="#${id}">${name}</a>`);
  const content = html`
    ${headline(model)}
    <nav aria-label="Sections">${nav}</nav>
    ${results(model)} ${evidence(model)} ${curves(model)} ${confusion(model)} ${await pictures(model)} ${maps}
    ${course(model)} ${recipe(model)}
  `;
  return document({
    title: `${titleOf(model)} · Lyceum report`,
    skip: 'Skip to the report',
    content,
    script,
  });
}
