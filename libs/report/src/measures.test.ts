import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleRecipe, exampleRun } from './example/example-run.js';
import { sectionOf, tableOf, textOf } from './example/page-text.js';
import { summaryTable } from './summary/summary-table.js';
import { writeReport } from './write-report.js';

const found: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  teacher: { knn1: 0.9, verification1: 0.75, verification1Across: 0.5 },
  alone: { knn1: 0.5, verification1: 0.25, verification1Across: 0.125 },
  kd: { knn1: 0.6, verification1: 0.375, verification1Across: 0.25 },
  at: { knn1: 0.4 },
};

/** The example with an evaluation of each network, and a comparison by it where a result is named. */
function measuredRun(result?: string) {
  const example = exampleRun();
  const stage = `    - name: look
      kind: evaluate
      each: true
      stages: [${Object.keys(found).join(', ')}]
      metrics: [{ name: knn, neighbours: [1] }, { name: verification, falseAccepts: [0.01] }]
  compare:`;
  const metric = result === undefined ? ' }' : `, metric: { stage: look, result: ${result} } }`;
  const [teacher] = example.run.tasks;
  const tasks = Object.entries(found).map(([network, results]) => {
    const name = `look/${network}`;
    return {
      ...teacher,
      name,
      stage: 'look',
      kind: 'evaluate',
      results: { ...results, networkCount: 1 },
      artifacts: {},
    };
  });
  const recipe = exampleRecipe.replace('  compare:', stage).replace(/ }\n$/, `${metric}\n`);
  return { ...example, run: { ...example.run, recipe, tasks: [...example.run.tasks, ...tasks] } };
}

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'lyceum-measures-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const shown = (text: string) => text.replaceAll('\u00a0', ' ');

async function written(result?: string) {
  const report = await writeReport({ ...measuredRun(result), file: join(folder, 'report.html') });
  return { ...report, page: await readFile(report.file, 'utf8') };
}

describe('what evaluations measure of features', () => {
  it('is a table of its own, of every network', async () => {
    const { page } = await written();
    expect(tableOf(page, 'result', 1).map((row) => row.map(shown))).toEqual([
      ['teacher look', '90.00 %', '75.00 %', '50.00 %'],
      ['alone look', '50.00 %', '25.00 %', '12.50 %'],
      ['kd look', '60.00 %', '37.50 %', '25.00 %'],
      ['at look', '40.00 %', '', ''],
    ]);
    const text = shown(textOf(sectionOf(page, 'result')));
    expect(text).toContain('Network 1-NN true accepts at 1 % true accepts at 1 %, across');
    expect(text).toContain('True accepts: the share of pairs');
  });

  it('stands below the networks in a terminal', () => {
    const lines = summaryTable(measuredRun().run).split('\n');
    expect(lines[7]).toMatch(
      /^network +measured by +1-NN +true accepts at 1 % +true accepts at 1 %, across$/,
    );
    expect(lines[11]).toMatch(/^kd +look +60.00 % +37.50 % +25.00 %$/);
  });
});

describe('a comparison by what an evaluation measures', () => {
  it('takes gain and verdict from there, and no image by image comparison', async () => {
    const { rows, page } = await written('knn1');
    expect(rows.map(({ task, score }) => [task, score])).toEqual([
      ['teacher', 0.9],
      ['alone', 0.5],
      ['kd', 0.6],
      ['at', 0.4],
    ]);
    expect(rows[2].gainPoints).toBeCloseTo(10, 10);
    expect(rows[3].gainPoints).toBeCloseTo(-10, 10);
    const text = shown(textOf(page));
    expect(text).toContain('+10.00 points of 1-NN');
    expect(text).not.toContain('McNemar');
    expect(summaryTable(measuredRun('knn1').run)).toMatch(/ 1-NN +gain /);
  });
});
