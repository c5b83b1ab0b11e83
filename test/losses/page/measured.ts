import { code, tableRows } from './markdown.js';

/**
 * What is measured on running code, by the first cell of a row; the rest of the page follows from registry and vectors.
 */
export interface Measured {
  /** Cells of the worst relative errors, as in the tables of errors. */
  readonly errors: ReadonlyMap<string, readonly string[]>;
  /** Bytes a sample on the wire. */
  readonly bytes: ReadonlyMap<string, number>;
}

/** First cells. */
export const rowName = {
  loss: (id: string) => `[${id}](#${id})`,
  step: code,
} as const;

/** Titles of the first two columns, which tell the tables apart. */
export const firstTitles = {
  losses: ['loss', 'cases'],
  steps: ['step', 'cases'],
  bytes: ['loss', 'measured'],
} as const;

/** What a page that was written before says was measured. */
export function measuredOf(page: string): Measured {
  const errors = [
    ...tableRows(page, firstTitles.losses).map(([name, , ...cells]) => [name, cells] as const),
    ...tableRows(page, firstTitles.steps).map(([name, , ...cells]) => [name, cells.slice(0, 2)] as const),
  ];
  const bytes = tableRows(page, firstTitles.bytes);
  return {
    errors: new Map(errors),
    bytes: new Map(bytes.map(([name, cell]) => [name, Number(cell.replaceAll(',', ''))])),
  };
}
