/** Text as it is written, in a line. */
export function code(text: string): string {
  return `\`${text}\``;
}

/** A whole number with commas. */
export function count(number: number): string {
  return number.toLocaleString('en');
}

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The cells of a page's table whose first columns have these titles, one list a row. */
export function tableRows(page: string, firstTitles: readonly string[]): string[][] {
  const [, body = ''] = page.split(`\n| ${firstTitles.join(' | ')} |`);
  const lines = body.slice(0, body.indexOf('\n\n')).split('\n').slice(2);
  return lines.map((line) => line.slice(2, -2).split(' | '));
}
