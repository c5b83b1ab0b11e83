import { State, type Run } from '@lyceum/contracts/orchestrator';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleRecipe, exampleRun } from './example/example-run.js';
import { sectionOf, tableOf, textOf } from './example/page-text.js';
import type { ReportInput } from './report-input.js';
import { summaryTable } from './summary/summary-table.js';
import { writeReport } from './write-report.js';

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'lyceum-report-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(input: ReportInput): Promise<{ page: string; roles: string[] }> {
  const { file, rows } = await writeReport({ ...input, file: join(folder, 'report.html') });
  return { page: await readFile(file, 'utf8'), roles: rows.map((row) => `${row.role} ${row.task}`) };
}

const compared = ['teacher teacher', 'alone alone', 'distilled kd', 'distilled at'];

/** The example's run with other stages; every task of `kinds` is a copy of one of its tasks under another name. */
function runOf(stages: string, kinds: Readonly<Record<string, string>>): Run {
  const { run } = exampleRun();
  const [head] = exampleRecipe.split('  stages:');
  const tasks = Object.entries(kinds).map(([name, like]) => {
    const task = run.tasks.find((candidate) => candidate.name === like)!;
    return { ...task, name, stage: name.split('/')[0] };
  });
  return { ...run, recipe: `${head}  stages:\n${stages}`, tasks };
}

describe('who is compared', () => {
  it('follows from the stages when the recipe does not say', async () => {
    const example = exampleRun();
    example.run.recipe = exampleRecipe.replace(/ {2}compare:.*\n/, '');
    expect((await written(example)).roles).toEqual(compared);
  });

  it('follows from the tasks when the recipe can’t be read, and the page says so', async () => {
    const example = exampleRun();
    example.run.recipe = 'kind: SomethingElse';
    const { page, roles } = await written(example);
    expect(roles).toEqual(compared);
    expect(textOf(sectionOf(page, 'course'))).toContain('not understood by this version');
  });

  it('takes the first generation’s teacher of equal build as the student alone', async () => {
    const stages = `    - { name: first, kind: train, model: student }
    - { name: again, kind: distill, model: student, generations: 2, teachers: [{ stage: first }], losses: [{ loss: kd }] }
`;
    const run = runOf(stages, { first: 'alone', 'again/1': 'kd', 'again/2': 'at' });
    const { page, roles } = await written({ run });
    expect(roles).toEqual(['teacher first', 'distilled again/1', 'distilled again/2']);
    expect(tableOf(page, 'result')[0][0]).toContain('Teacher and student alone');
    expect(tableOf(page, 'result')[1]).toContain('+7.50');
  });

  it('counts students that teach one another as distilled, without a teacher', async () => {
    const stages = `    - { name: alone, kind: train, model: student }
    - { name: mutual, kind: co-train, peers: [{ name: a, model: student }, { name: b, model: student }], losses: [{ loss: ce }, { loss: dml }] }
`;
    const run = runOf(stages, { alone: 'alone', 'mutual/a': 'kd', 'mutual/b': 'at' });
    const { page, roles } = await written({ run });
    expect(roles).toEqual(['alone alone', 'distilled mutual/a', 'distilled mutual/b']);
    expect(textOf(page)).toContain('Distilled students: resnet8 on fashion-mnist');
  });

  it('leaves out stages that train only a part, and says whose training came on top', async () => {
    const stages = `    - { name: teacher, kind: train, model: teacher }
    - { name: alone, kind: train, model: student }
    - { name: hint, kind: distill, model: student, trainOnlyUpTo: block2, teachers: [{ stage: teacher }], losses: [{ loss: fitnet }] }
    - { name: kd, kind: distill, model: student, init: { stage: hint }, teachers: [{ stage: teacher }], losses: [{ loss: kd }] }
`;
    const run = runOf(stages, { teacher: 'teacher', alone: 'alone', hint: 'at', kd: 'kd' });
    const { page, roles } = await written({ run });
    expect(roles).toEqual(['teacher teacher', 'alone alone', 'distilled kd']);
    expect(textOf(sectionOf(page, 'result'))).toContain(
      'kd starts from the weights of hint, whose training comes on top.',
    );
    expect(textOf(sectionOf(page, 'evidence'))).toContain(
      'since the students’ trainings differ in more than that',
    );
  });

  it('shows a teacher that came from a file without a result', async () => {
    const stages = `    - { name: alone, kind: train, model: student }
    - { name: kd, kind: distill, model: student, teachers: [{ model: teacher }], losses: [{ loss: kd }] }
`;
    const run = runOf(stages, { alone: 'alone', kd: 'kd' });
    run.recipe = run.recipe.replace(
      '{ architecture: resnet20 }',
      '{ architecture: resnet20, weights: teacher.safetensors }',
    );
    const { page } = await written({ run });
    expect(tableOf(page, 'result')[0].slice(0, 4)).toEqual(['Teacher teacher · resnet20', '', '', '']);
  });
});

describe('runs that lack something', () => {
  it('is honest about a student that was only trained', async () => {
    const { run, evaluations, data } = exampleRun();
    const only = { ...run, tasks: run.tasks.slice(0, 2), recipe: 'lost' };
    const { page } = await written({ run: only, evaluations, data });
    expect(textOf(page)).toContain('No student was distilled in this run.');
  });

  it('shows a failed task with its reason, and the rest', async () => {
    const example = exampleRun();
    const { run, evaluations } = example;
    Object.assign(run, {
      state: State.FAILED,
      error: { code: 14, message: 'kd: the teacher is gone', details: [] },
    });
    Object.assign(run.tasks[2], {
      state: State.FAILED,
      attempt: 3,
      step: 33,
      results: {},
      error: { code: 14, message: 'the teacher is gone', details: [] },
    });
    Object.assign(run.tasks[3], {
      state: State.CANCELLED,
      results: {},
      startTime: undefined,
      endTime: undefined,
    });
    delete evaluations.kd;
    delete evaluations.at;
    const { page, roles } = await written(example);
    expect(roles).toEqual(compared);
    const text = textOf(page);
    expect(text).toContain('This run failed.');
    expect(text).toContain('kd : the teacher is gone');
    expect(text.split('the teacher is gone')).toHaveLength(2);
    expect(text).toContain('No distilled student has a test result.');
    expect(tableOf(page, 'result')[2].slice(0, 4)).toEqual([
      'Distilled student kd · resnet8, failed',
      '',
      '',
      '',
    ]);
    expect(tableOf(page, 'course')[2].slice(0, 5)).toEqual([
      'kd distill',
      'failed',
      '3',
      '1 min 05 s',
      '33 of 80',
    ]);
    expect(summaryTable(run)).toMatch(/kd +resnet8 +failed/);
  });

  it('makes a page of a run that has only just begun', async () => {
    const { run } = exampleRun();
    const bare: Run = {
      ...run,
      state: State.PENDING,
      tasks: [],
      recipe: '',
      recipeName: '',
      createTime: undefined,
      endTime: undefined,
    };
    const { page, roles } = await written({ run: bare });
    expect(roles).toEqual([]);
    expect(textOf(page)).toContain('This run has not ended: it is pending.');
    expect(textOf(page)).toContain('The run recorded no numbers of training steps.');
    expect(summaryTable(bare)).toBe('');
  });

  it('says the same of a student alone that has no result', async () => {
    const example = exampleRun();
    example.run.tasks[1].results = {};
    delete example.evaluations.alone;
    const { page } = await written(example);
    expect(textOf(page)).toContain('this run can’t say what distillation brought');
    expect(textOf(sectionOf(page, 'images'))).toContain('No images to show.');
  });

  it('draws no curve through values that are no numbers', async () => {
    const example = exampleRun();
    for (const event of example.events)
      if (event.task === 'kd' && event.metrics!.step > 10) event.metrics!.loss = Number.NaN;
    const { page } = await written(example);
    const section = sectionOf(page, 'curves');
    expect(section).not.toContain('NaN');
    expect(textOf(section)).toContain('not finite');
  });
});
