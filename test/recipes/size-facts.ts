import { expect } from 'vitest';
import type { TinyRun } from './tiny-run.js';

/** What must be true of a run of the recipes that train networks of several sizes. */
export const sizeFacts: Readonly<Record<string, readonly [says: string, fact: (run: TinyRun) => void]>> = {
  wrn: [
    'size and work rise through the sweep, whose networks know nothing of each other; the largest teaches',
    (run) => {
      const sweep = ['10-1', '16-1', '10-2', '16-2'].map((size) => `sweep/wrn-${size}`);
      for (const result of ['parameterCount', 'multiplyAdds']) risesThrough(run, sweep, result);
      for (const task of sweep) expect(run.task(task).dependsOn).toEqual([]);
      for (const task of ['taught/wrn-10-1', 'taught/wrn-16-1']) isTaughtBy(run, task, 'sweep/wrn-16-2');
    },
  ],
  takd: [
    "an assistant's size lies between, each link learns from the one before, and validation tells the best path",
    (run) => {
      const sizes = ['alone', 'direct/cnn-4', 'direct/cnn-6', 'direct/cnn-10', 'teacher'];
      risesThrough(run, sizes, 'parameterCount');
      expect(run.training('alone').model).toEqual(run.training('chain/cnn-2').model);
      const links = [
        ['direct/cnn-10', 'teacher'],
        ['from-10/cnn-6', 'direct/cnn-10'],
        ['chain/cnn-4', 'from-10/cnn-6'],
        ['chain/cnn-2', 'chain/cnn-4'],
        ['over-6', 'direct/cnn-6'],
        ['direct/cnn-2', 'teacher'],
      ] as const;
      for (const [task, before] of links) isTaughtBy(run, task, before);
      const six = bestOf(run, ['direct/cnn-6', 'from-10/cnn-6']);
      const four = bestOf(run, ['direct/cnn-4', 'from-10/cnn-4', 'from-6/cnn-4']);
      for (const task of ['from-6/cnn-4', 'from-6/cnn-2']) isTaughtBy(run, task, six);
      isTaughtBy(run, 'from-4', four);
      expect(run.messages('from-4').join()).toContain(`taught by ${four}, best of 3 by validation accuracy`);
      const last = bestOf(run, ['direct/cnn-2', 'from-10/cnn-2', 'from-6/cnn-2', 'from-4']);
      expect(run.messages('best-path').join()).toContain(`evaluates ${last}, best of 4`);
      expect(run.task('best-path').results.accuracy).toBe(run.task(last).results.accuracy);
    },
  ],
};

function risesThrough(run: TinyRun, tasks: readonly string[], result: string): void {
  const values = tasks.map((task) => run.task(task).results[result]);
  expect([result, ...new Set(values)]).toEqual([result, ...[...values].sort((a, b) => a - b)]);
}

/** The service that taught a network had the weights that another task trained. */
function isTaughtBy(run: TinyRun, task: string, teacher: string): void {
  const { weightsDigest } = run.task(teacher).artifacts;
  expect(weightsDigest).toMatch(/^sha256:/);
  expect([task, run.task(task).artifacts['teacherDigest.teacher']]).toEqual([task, weightsDigest]);
}

/** The task with the highest validation accuracy, the first of equal ones. */
function bestOf(run: TinyRun, tasks: readonly string[]): string {
  const accuracyOf = (task: string) => run.task(task).results.validationAccuracy;
  return tasks.reduce((best, task) => (accuracyOf(task) > accuracyOf(best) ? task : best));
}
