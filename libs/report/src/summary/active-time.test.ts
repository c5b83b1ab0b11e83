import type { RunEvent } from '@lyceum/contracts/orchestrator';
import { expect, it } from 'vitest';
import { exampleRun } from '../example/example-run.js';
import { activeMsOf } from './active-time.js';

const event = (kind: string, seconds: number, task = 'kd'): RunEvent => ({
  sequence: 1,
  time: new Date(1000 * seconds),
  kind,
  task,
  message: '',
  metrics: undefined,
});

it('leaves out the time between the last sign of life and the next start', () => {
  const kd = exampleRun().run.tasks.find(({ name }) => name === 'kd');
  if (kd === undefined) throw new Error('the example has it');
  const events = [
    event('task.started', 100),
    event('task.metrics', 105),
    event('task.started', 106, 'at'),
    event('task.metrics', 110),
    // Found out after a night.
    event('task.lost', 40_000),
    event('task.started', 40_001),
    event('task.metrics', 40_005),
    event('task.succeeded', 40_008),
  ];
  expect(activeMsOf(kd, events)).toBe((10 + 7) * 1000);
  expect(activeMsOf(kd, [])).toBeUndefined();
});
