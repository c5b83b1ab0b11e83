import { wireForms, type WireBytes } from '../wire-bytes.js';
import { code, tableRows } from './markdown.js';

/**
 * What is measured on running code, by the first cell of a row; the rest of the page follows from registry and vectors.
 */
export interface Measured {
  /** Cells of the worst relative errors, as in the tables of errors. */
  readonly errors: ReadonlyMap<string, readonly string[]>;
  /** Cells of the worst relative errors with keys in each encoding, value and gradient. */
  readonly encodingErrors: ReadonlyMap<string, readonly string[]>;
  /** Bytes a sample on the wire. */
  readonly bytes: ReadonlyMap<string, WireBytes>;
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
  encodings: ['loss', 'bytes, fp32'],
} as const;

/** What a page that was written before says was measured. */
export function measuredOf(page: string): Measured {
  const errors = [
    ...tableRows(page, firstTitles.losses).map(([name, , ...cells]) => [name, cells] as const),
    ...tableRows(page, firstTitles.steps).map(([name, , ...cells]) => [name, cells.slice(0, 2)] as const),
  ];
  const encodings = tableRows(page, firstTitles.encodings);
  return {
    errors: new Map(errors),
    encodingErrors: new Map(
      encodings.map(([name, ...cells]) => [name, cells.filter((_, i) => i > 0 && i % 3 !== 1)]),
    ),
    bytes: new Map(encodings.map(([name, ...cells]) => [name, bytesOf(cells)])),
  };
}

/** Bytes stand ahead of each encoding's two errors, and those of FP32 ahead of all. */
function bytesOf(cells: readonly string[]): WireBytes {
  const counts = cells.filter((_, i) => i === 0 || i % 3 === 1);
  const known = wireForms.map((form, i) => [form, Number(counts[i].replaceAll(',', ''))] as const);
  return Object.fromEntries(known.filter(([, count]) => !Number.isNaN(count)));
}
