import type { ErrorRecord } from '@lyceum/errors';
import type { State } from '../records.js';
import { hasEnded, type RunChange } from './run-change.js';

/** Ends a run by a person's wish; its finished tasks stay. */
export function cancelRun(change: RunChange, message: string): void {
  if (hasEnded(change.run.state)) return;
  stopRest(change, 'the run was cancelled');
  endRun(change, 'CANCELLED', message);
}

/** Ends a run that cannot go on for a reason that no task of its own has. */
export function failWholeRun(change: RunChange, error: ErrorRecord): void {
  if (hasEnded(change.run.state)) return;
  stopRest(change, error.message);
  change.setRun({ error });
  endRun(change, 'FAILED', error.message);
}

/** Ends a run because a task failed for good; running tasks are told to stop. */
export function failRun(change: RunChange, task: string, error: ErrorRecord): void {
  stopRest(change, `task "${task}" failed`);
  change.setRun({ error });
  endRun(change, 'FAILED', `failed in task "${task}": ${error.message}`);
}

/** Ends a run when its last task has succeeded. */
export function endRunIfDone(change: RunChange): void {
  if (hasEnded(change.run.state) || change.tasks.some((task) => task.state !== 'SUCCEEDED')) return;
  endRun(
    change,
    'SUCCEEDED',
    `succeeded with ${change.tasks.length} task${change.tasks.length === 1 ? '' : 's'}`,
  );
}

/** Opens a failed or cancelled run again: what has not succeeded waits for a worker, with all its attempts. */
export function resumeRun(change: RunChange): void {
  if (change.run.state !== 'FAILED' && change.run.state !== 'CANCELLED') return;
  const again = change.tasks.filter((task) => task.state !== 'SUCCEEDED');
  for (const task of again) {
    change.setTask(task, {
      state: 'PENDING',
      worker: null,
      leaseUntil: null,
      notBefore: null,
      failures: 0,
      losses: 0,
      error: null,
      endTime: null,
    });
  }
  const started = change.tasks.some((task) => task.attempt > 0);
  change.setRun({ state: started ? 'RUNNING' : 'PENDING', error: null, endTime: null });
  const kept = change.tasks.length - again.length;
  change.event(
    'run.resumed',
    '',
    `goes on with ${again.length} of ${change.tasks.length} tasks; ${kept} finished before`,
  );
}

function endRun(change: RunChange, state: State, message: string): void {
  change.setRun({ state, endTime: change.now });
  change.event('run.ended', '', message);
}

function stopRest(change: RunChange, why: string): void {
  for (const task of change.tasks.filter(({ state }) => !hasEnded(state))) {
    // The worker stays named: its next report is answered with "cancel".
    change.setTask(task, { state: 'CANCELLED', leaseUntil: null, endTime: change.now });
    change.event('task.cancelled', task.name, why);
  }
}
