import { openArtifacts } from '@lyceum/artifacts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvaluations } from './evaluation.js';
import { exampleRun } from './example/example-run.js';

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'lyceum-report-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('evaluations of a run', () => {
  it('come back as they were written, one for each task that has one', async () => {
    const { run, evaluations } = exampleRun();
    const artifacts = openArtifacts(join(folder, 'good'));
    for (const [task, evaluation] of Object.entries(evaluations)) {
      await artifacts.put(`${run.name}/${task}/evaluation.json`, Buffer.from(JSON.stringify(evaluation)));
    }
    run.tasks[3].artifacts = {};
    const read = await readEvaluations(artifacts, run);
    expect(Object.keys(read)).toEqual(['teacher', 'alone', 'kd']);
    expect(read.kd).toEqual(evaluations.kd);
  });

  it('keep a loss that had become NaN', async () => {
    const { run, evaluations } = exampleRun();
    run.tasks = run.tasks.slice(0, 1);
    const artifacts = openArtifacts(join(folder, 'nan'));
    const diverged = { ...evaluations.teacher, loss: Number.NaN };
    await artifacts.put(`${run.name}/teacher/evaluation.json`, Buffer.from(JSON.stringify(diverged)));
    expect((await readEvaluations(artifacts, run)).teacher.loss).toBeNaN();
  });

  it.each([
    ['is not JSON', '{'],
    ['lacks predictions', JSON.stringify({ ...exampleRun().evaluations.kd, predictions: [1, 2] })],
    ['has a matrix of another size', JSON.stringify({ ...exampleRun().evaluations.kd, confusion: [[1]] })],
  ])('are refused by name when one %s', async (_, text) => {
    const { run } = exampleRun();
    run.tasks = run.tasks.slice(2, 3);
    const artifacts = openArtifacts(join(folder, 'bad'));
    await artifacts.put(`${run.name}/kd/evaluation.json`, Buffer.from(text));
    await expect(readEvaluations(artifacts, run)).rejects.toMatchObject({
      reason: 'CORRUPT_FILE',
      message: expect.stringContaining('example-7f3a/kd/evaluation.json: not an evaluation') as string,
    });
  });
});
