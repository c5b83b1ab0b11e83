/** Readings of a written page for tests: what a reader would see, without a browser. */

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

const unescape = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name]);

/** Text of a piece of markup, white space folded. */
export function textOf(markup: string): string {
  const text = markup.replace(/<(style|script)[\s\S]*?<\/\1>/g, ' ').replace(/<[^>]*>/g, ' ');
  return unescape(text).replaceAll('&nbsp;', ' ').replace(/\s+/g, ' ').trim();
}

/** Text of the cells of each body row of the `index`-th table in the section of that id; none for "–". */
export function tableOf(page: string, section: string, index = 0): string[][] {
  const table = [...sectionOf(page, section).matchAll(/<table[\s\S]*?<\/table>/g)][index]?.[0] ?? '';
  const rows = [...table.matchAll(/<tr[\s\S]*?<\/tr>/g)]
    .map(([row]) => row)
    .filter((row) => row.includes('scope="row"'));
  return rows.map((row) =>
    [...row.matchAll(/<t[hd][\s>][\s\S]*?<\/t[hd]>/g)].map(([cell]) => textOf(cell).replace('– none', '')),
  );
}

/** Markup of the section of that id. */
export function sectionOf(page: string, section: string): string {
  const start = page.indexOf(`<section id="${section}"`);
  return start < 0 ? '' : page.slice(start, page.indexOf('</section>', start));
}

/** What the element `<pre id>` holds, to the letter. */
export function preOf(page: string, id: string): string {
  const start =
    page.indexOf(
      '>',
      page.indexOf(`<pre id="${id}"`) > 0 ? page.indexOf(`<pre id="${id}"`) : page.indexOf(`id="${id}"`),
    ) + 1;
  // The first line break in <pre> is not part of its text.
  return unescape(page.slice(start, page.indexOf('</pre>', start)).replace(/^\n/, ''));
}
