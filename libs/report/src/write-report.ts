import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LyceumError } from '@lyceum/errors';
import { page } from './page/page.js';
import type { ReportInput } from './report-input.js';
import type { ResultsInput } from './sweep/results-input.js';
import { resultsMarkdown } from './sweep/results-markdown.js';
import { resultsPage } from './sweep/results-page.js';
import { reportJson, type ReportJson } from './summary/report-json.js';
import { reportModel } from './summary/report-model.js';
import type { ResultRow } from './summary/result-rows.js';

export interface WrittenReport {
  /** Absolute path. */
  readonly file: string;
  readonly rows: readonly ResultRow[];
}

/**
 * Writes the report of a run as one self-contained HTML file: curves, tables, images and recipe, nothing loaded from
 * elsewhere. The folder is made; the file appears at once or not at all.
 * @throws LyceumError DISK_FULL, or INVALID_FIELD when the file can't be written for another reason.
 */
export async function writeReport(input: ReportInput & { readonly file: string }): Promise<WrittenReport> {
  const model = reportModel(input);
  const file = await place(input.file, await page(model));
  return { file, rows: model.rows };
}

/**
 * Writes the report's figures for machines, as JSON.
 * @throws LyceumError DISK_FULL, or INVALID_FIELD when the file can't be written for another reason.
 */
export async function writeJson(
  input: ReportInput & { readonly file: string },
): Promise<{ file: string; json: ReportJson }> {
  const json = reportJson(reportModel(input));
  return { file: await place(input.file, `${JSON.stringify(json, undefined, 2)}\n`), json };
}

/**
 * Writes the results of many recipes over several seeds as one self-contained HTML file and as Markdown.
 * @throws LyceumError DISK_FULL, or INVALID_FIELD when a file can't be written for another reason.
 */
export async function writeResults(
  input: ResultsInput & { readonly folder: string },
): Promise<{ page: string; markdown: string }> {
  return {
    page: await place(join(input.folder, 'results.html'), resultsPage(input)),
    markdown: await place(join(input.folder, 'results.md'), resultsMarkdown(input)),
  };
}

async function place(given: string, text: string): Promise<string> {
  const file = resolve(given);
  const partial = `${file}.${process.pid}.partial`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(partial, text);
    await rename(partial, file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new LyceumError(
        'DISK_FULL',
        `${file}: no space left for the report; free some or give another file`,
        { cause },
      );
    }
    throw new LyceumError(
      'INVALID_FIELD',
      `file: the report can't be written to ${file} (${code}); give a file in a folder that can be written`,
      {
        violations: [{ field: 'file', description: `can't be written: ${code}` }],
        cause,
      },
    );
  }
  return file;
}
