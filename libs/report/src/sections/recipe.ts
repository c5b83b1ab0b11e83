import { Html, html } from '../page/html.js';
import type { ReportModel } from '../summary/report-model.js';

/** The exact recipe, to be copied, and the command that runs it again. */
export function recipe({ run, command }: ReportModel): Html {
  return html`<section id="recipe" aria-labelledby="recipe-title">
    <h2 id="recipe-title">Recipe</h2>
    <p>What this run was given, to the letter. To run it again, save it as a file and give the command:</p>
    ${copyable('command', 'the command', command)} ${copyable('recipe-text', 'the recipe', run.recipe)}
  </section>`;
}

// Browsers drop a line break right after <pre>; with this one, a text that starts with a break keeps its own.
const firstBreak = new Html('\n');

function copyable(id: string, what: string, text: string): Html {
  return html`<div class="copyable">
    <button type="button" data-copy="${id}">Copy<span class="hidden"> ${what}</span></button>
    <pre id="${id}" tabindex="0" role="region" aria-label="${what}">${firstBreak}${text}</pre>
  </div>`;
}
