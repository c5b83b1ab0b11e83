import { createHash } from 'node:crypto';
import { Html, html, when, type Part } from './html.js';
import { style } from './style.js';

export interface Document {
  readonly title: string;
  /** Link to what matters, for those who don't see the page. */
  readonly skip: string;
  /** What the page shows, in its `main`. */
  readonly content: Part;
  /** The only script that the page may run. */
  readonly script?: string;
}

/** A page as one HTML document that needs nothing from anywhere else. */
export function document({ title, skip, content, script }: Document): string {
  // To the byte: the hash admits this text only.
  const admitted =
    script === undefined ? `'none'` : `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  // Nothing is fetched, and no script runs but ours, even if some name should find a way past the escaping.
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src ${admitted}; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="Lyceum" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <a class="skip" href="#main">${skip}</a>
        <main id="main">${content}</main>
        ${when(script, (text) => new Html(`<script>${text}</script>`))}
      </body>
    </html> `.text;
}
