import type { Run } from '@lyceum/contracts/orchestrator';
import { describe, expect, it } from 'vitest';
import { exampleRun } from '../example/example-run.js';
import { summaryRows, summaryTable } from './summary-table.js';

const recipe = `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: sweep }
spec:
  data: { name: fashion-mnist }
  models:
    large: { architecture: wrn-16-2 }
    small: { architecture: wrn-10-1 }
    between: { architecture: wrn-16-1 }
  stages:
    - { name: sweep, kind: train, models: [small, between, large] }
    - { name: kd, kind: distill, model: small, teachers: [{ stage: sweep/large }], losses: [{ loss: kd }] }
  compare: { teacher: sweep/large, alone: sweep/small, distilled: [kd] }
`;

/** The example's tasks, as if a sweep had trained them. */
function sweepRun(): Run {
  const { run } = exampleRun();
  const named = { teacher: 'large', alone: 'small', at: 'between' } as const;
  const tasks = run.tasks.map((task, i) => {
    const model = named[task.name as keyof typeof named] as string | undefined;
    const place = model === undefined ? {} : { name: `sweep/${model}`, stage: 'sweep', kind: 'train' };
    return { ...task, ...place, results: { ...task.results, multiplyAdds: 26_700_000 * (i + 1) } };
  });
  return { ...run, recipe, tasks };
}

describe('the table of a sweep', () => {
  it('has a row for each of its networks, with what each takes', () => {
    const { header, rows } = summaryRows(sweepRun());
    const [role, task, network, work] = ['role', 'task', 'network', 'multiply-adds'].map((title) =>
      header.indexOf(title),
    );
    expect(rows.map((row) => [row[role], row[task], row[network], row[work]])).toEqual([
      ['teacher', 'sweep/large', 'wrn-16-2', '26.7 M'],
      ['student alone', 'sweep/small', 'wrn-10-1', '53.4 M'],
      ['student distilled', 'kd', 'wrn-10-1', '80.1 M'],
      ['network', 'sweep/between', 'wrn-16-1', '107 M'],
    ]);
  });

  it('tells no gain of a network that nobody taught', () => {
    const { header, rows } = summaryRows(sweepRun());
    expect(rows.map((row) => row[header.indexOf('gain')] !== '')).toEqual([false, false, true, false]);
  });

  it('leaves multiply-adds out where networks are not of many sizes', () => {
    const { run } = exampleRun();
    const tasks = run.tasks.map((task) => ({ ...task, results: { ...task.results, multiplyAdds: 1e6 } }));
    expect(summaryTable({ ...run, tasks })).not.toContain('multiply-adds');
    expect(summaryTable(sweepRun())).toContain('multiply-adds');
  });
});
