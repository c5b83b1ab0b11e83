import { State } from '@lyceum/contracts/orchestrator';
import { expect, it } from 'vitest';
import { exampleRun } from '../example/example-run.js';
import { pairResultOf } from './pair-result.js';

it('takes scores, times and bytes of a run, and the same after JSON', () => {
  const { run } = exampleRun();
  const result = pairResultOf(run, 'example', 7, { Engine: 'any' });
  expect(result).toMatchObject({
    recipe: 'example',
    seed: 7,
    state: 'succeeded',
    measure: 'test accuracy',
    teacher: 'teacher',
    alone: 'alone',
  });
  expect(result.rows.map(({ role, task }) => [role, task])).toEqual([
    ['teacher', 'teacher'],
    ['alone', 'alone'],
    ['distilled', 'kd'],
    ['distilled', 'at'],
  ]);
  const kd = run.tasks.find(({ name }) => name === 'kd');
  expect(result.rows[2].score).toBe(kd?.results.accuracy);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
});

it('counts the time that the work took where it was done', () => {
  const { run } = exampleRun();
  const tasks = run.tasks.map((task) => ({ ...task, results: { ...task.results, computedMs: 1234 } }));
  const { rows } = pairResultOf({ ...run, tasks }, 'example', 7);
  expect(rows.map(({ wallMs }) => wallMs)).toEqual([1234, 1234, 1234, 1234]);
});

it('says which task failed and why', () => {
  const { run } = exampleRun();
  const tasks = run.tasks.map((task) =>
    task.name === 'at'
      ? { ...task, state: State.FAILED, results: {}, error: { code: 9, message: 'no such tap', details: [] } }
      : task,
  );
  const result = pairResultOf({ ...run, tasks, state: State.FAILED }, 'example', 7);
  expect([result.state, result.reason]).toEqual(['failed', 'at: no such tap']);
  expect(result.rows.map(({ score }) => score === undefined)).toEqual([false, false, false, true]);
});
