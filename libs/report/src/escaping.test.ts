import { State, type Run } from '@lyceum/contracts/orchestrator';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleRecipe, exampleRun, type ExampleRun } from './example/example-run.js';
import { preOf, textOf } from './example/page-text.js';
import type { ReportInput } from './report-input.js';
import { writeReport } from './write-report.js';

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'lyceum-report-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function pageOf(input: ReportInput): Promise<string> {
  const { file } = await writeReport({ ...input, file: join(folder, 'report.html') });
  return readFile(file, 'utf8');
}

/** The example, with changes made to a copy. */
function changed(change: (example: ExampleRun) => void): ExampleRun {
  const example = exampleRun();
  change(example);
  return example;
}

const taskOf = (run: Run, name: string) => run.tasks.find((task) => task.name === name)!;

describe('names that mean harm', () => {
  const attack = '"><img src=x onerror=alert(1)></script><script>alert(2)</script><!--';

  it('are text and nothing else, wherever they stand', async () => {
    const bad = changed(({ run, evaluations, data, events }) => {
      run.name = attack;
      run.recipeName = attack;
      run.recipe = `# ${attack}\n${exampleRecipe.replace('Soft labels against none', JSON.stringify(attack))}`;
      Object.assign(data, {
        classes: data.classes.map((name) => name + attack),
        name: attack,
        source: attack,
      });
      taskOf(run, 'at').state = State.FAILED;
      taskOf(run, 'at').error = { code: 2, message: attack, details: [] };
      run.state = State.FAILED;
      events[0] = { ...events[0], metrics: { ...events[0].metrics!, losses: { [attack]: 1 } } };
      for (const [name, one] of Object.entries(evaluations))
        evaluations[name] = { ...one, classes: data.classes };
    });
    const page = await pageOf({ ...bad, environment: { [attack]: attack }, command: attack });
    expect(page).not.toContain('<img src=x');
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<!--');
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page.match(/<\/script/g)).toHaveLength(2);
    expect(preOf(page, 'command')).toBe(attack);
    expect(textOf(page)).toContain(attack);
  });

  it('are text as task names too', async () => {
    const bad = changed(({ run, events, evaluations }) => {
      taskOf(run, 'kd').name = attack;
      evaluations[attack] = evaluations.kd;
      for (const event of events) if (event.task === 'kd') Object.assign(event, { task: attack });
      run.recipe = 'not a recipe';
    });
    const page = await pageOf(bad);
    expect(page).not.toContain('<img src=x');
    expect(page.match(/<script/g)).toHaveLength(2);
  });
});
