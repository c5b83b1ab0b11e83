import { createHash } from 'node:crypto';
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
import { Html, html } from './html.js';
import { script } from './script.js';
import { style } from './style.js';

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
  // To the byte: the hash admits this text only.
  const scriptHash = createHash('sha256').update(script).digest('base64');
  // Nothing is fetched, and no script runs but ours, even if some name should find a way past the escaping.
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; base-uri 'none'; form-action 'none'`;
  const maps = await attention(model);
  const shown = sections.filter(([id]) => id !== 'attention' || maps !== undefined);
  const nav = shown.map(([id, name]) => html`<a href="#${id}">${name}</a>`);
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="Lyceum" />
        <link rel="icon" href="data:," />
        <title>${titleOf(model)} · Lyceum report</title>
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the report</a>
        <main id="main">
          ${headline(model)}
          <nav aria-label="Sections">${nav}</nav>
          ${results(model)} ${evidence(model)} ${curves(model)} ${confusion(model)} ${await pictures(model)}
          ${maps} ${course(model)} ${recipe(model)}
        </main>
        ${new Html(`<script>${script}</script>`)}
      </body>
    </html> `;
  return document.text;
}
