import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleRun } from './example/example-run.js';
import { sectionOf, tableOf, textOf } from './example/page-text.js';
import { seriesOf } from './summary/series.js';
import { summaryTable } from './summary/summary-table.js';
import { writeReport } from './write-report.js';

/** The example with a stage that asks for keys; without results while it works. */
function askingRun(
  results: Record<string, number> = { samples: 5000, views: 2, receivedBytes: 3e6, fillMs: 4000 },
) {
  const example = exampleRun();
  const [teacher] = example.run.tasks;
  const keys = { ...teacher, name: 'keys', stage: 'keys', kind: 'cache', results, artifacts: {} };
  return { ...example, run: { ...example.run, tasks: [...example.run.tasks, keys] } };
}

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'lyceum-asked-ahead-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a stage that asks for keys ahead', () => {
  it('has a line in the table of the command', () => {
    const lines = summaryTable(askingRun().run).split('\n');
    expect(lines.at(-3)).toMatch(/^keys asked ahead +samples +views +received +wall time$/);
    expect(lines.at(-1)).toMatch(/^keys +5,000 +2 +3.00 MB +4.0 s$/);
    expect(summaryTable(askingRun({}).run)).toBe(summaryTable(exampleRun().run));
  });

  it('has a table in the report', async () => {
    const { file } = await writeReport({ ...askingRun(), file: join(folder, 'report.html') });
    const page = await readFile(file, 'utf8');
    expect(textOf(sectionOf(page, 'result'))).toContain('Keys asked for ahead');
    const rows = tableOf(page, 'result', 1).map((row) => row.map((cell) => cell.replaceAll('\u00a0', ' ')));
    expect(rows).toEqual([['keys', '5,000', '2', '3.00 MB', '4.0 s']]);
  });

  it('has no curve', () => {
    const { run, events } = askingRun();
    const [trained] = events.filter(({ metrics }) => metrics !== undefined);
    const asked = { ...trained, task: 'keys' };
    const names = seriesOf(run.tasks, [...events, asked]).map(({ task }) => task);
    expect(names).toContain(trained.task);
    expect(names).not.toContain('keys');
  });
});
