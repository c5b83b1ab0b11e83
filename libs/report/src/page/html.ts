/** Markup that is safe to put into a page as it is. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

export type Part = Html | string | number | undefined | readonly Part[];

/** Template for markup: every value is escaped, in text and in quoted attributes, unless it is markup already. */
export function html(fixed: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(fixed.map((text, i) => text + (i < parts.length ? textOf(parts[i]) : '')).join(''));
}

/** Markup only when there is something to show. */
export const when = <T>(value: T | undefined, show: (value: T) => Html): Html | undefined =>
  value === undefined ? undefined : show(value);

function textOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(textOf).join('');
  return escape(String(part));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/** Data for the page's own script; can't end the element it stands in, nor open a comment. */
export function jsonIsland(id: string, data: unknown): Html {
  const text = JSON.stringify(data).replaceAll('<', '\\u003c');
  return html`<script type="application/json" id="${id}">
    ${new Html(text)}
  </script>`;
}
