import type { RunEvent, Task } from '@lyceum/contracts/orchestrator';
import { describe, expect, it } from 'vitest';
import { exampleRun } from '../example/example-run.js';
import { pointsOf, seriesOf, smoothed, thinned } from './series.js';
import { waitShareOf } from './wait-share.js';

function reports(task: string, ...numbers: [step: number, loss: number][]): RunEvent[] {
  const [template] = exampleRun().events;
  return numbers.map(([step, loss]) => ({
    ...template,
    task,
    metrics: { ...template.metrics!, step, loss },
  }));
}
const tasks = [{ name: 'a' }, { name: 'b' }] as Task[];

describe('curves from events', () => {
  it('collects by task, in the order of steps, and takes a repeated step as it was the last time', () => {
    const events = [
      ...reports('a', [0, 3], [2, 1], [1, 9]),
      ...reports('c', [0, 5]),
      ...reports('a', [1, 2]),
    ];
    const [series, ...others] = seriesOf(tasks, events);
    expect(others).toEqual([]);
    expect(pointsOf(series, (metrics) => metrics.loss)).toEqual({ step: [0, 1, 2], value: [3, 2, 1] });
  });

  it('leaves out what is not a number', () => {
    const [series] = seriesOf(tasks, reports('a', [0, Number.NaN], [1, 2], [2, Number.POSITIVE_INFINITY]));
    expect(pointsOf(series, (metrics) => metrics.loss)).toEqual({ step: [1], value: [2] });
  });

  it('thins by means of neighbours', () => {
    expect(thinned({ step: [0, 1, 2, 3, 4], value: [0, 2, 4, 6, 9] }, 3)).toEqual({
      step: [1, 3, 4],
      value: [1, 5, 9],
    });
    const few = { step: [0, 1], value: [4, 5] };
    expect(thinned(few, 2)).toBe(few);
  });

  it('smooths with as many points before as after, so that a straight line stays one', () => {
    const line = { step: [0, 1, 2, 3, 4], value: [0, 1, 2, 3, 4] };
    smoothed(line, 2).value.forEach((value, i) => expect(value).toBeCloseTo(i, 12));
    expect(smoothed({ step: [0, 1, 2], value: [0, 3, 0] }, 1).value).toEqual([0, 1, 0]);
  });

  it('weights shares of waiting with the time that the steps took', () => {
    const [template] = exampleRun().events;
    const report = (step: number, samplesPerSecond: number, waitShare: number): RunEvent => ({
      ...template,
      metrics: { ...template.metrics!, step, samplesPerSecond, waitShare },
    });
    // 10 steps at 100/s take 0.1, of which half is waiting; 30 steps at 300/s take 0.1, all work.
    expect(waitShareOf([report(9, 100, 0.5), report(39, 300, 0)])).toBeCloseTo(0.25, 12);
    expect(waitShareOf([])).toBeUndefined();
  });
});
