import { LyceumError, type ErrorRecord } from '@lyceum/errors';
import type { LeaseRef, TaskCompletion, TaskReport } from '../run-store.js';
import { isRetryable } from '../store-error.js';
import { endRunIfDone, failRun } from './run-transitions.js';
import { hasEnded, type RunChange, type TaskState } from './run-change.js';

const longestBackoffMs = 60_000;
/** A task that kills its workers would do so forever; one that makes progress may lose any number. */
const mostLosses = 20;

/** Gives a pending task to a worker. */
export function startTask(change: RunChange, task: TaskState, worker: string, leaseMs: number): void {
  change.setTask(task, {
    state: 'RUNNING',
    worker,
    fence: task.fence + 1,
    attempt: task.attempt + 1,
    leaseUntil: change.later(leaseMs),
    leaseStep: task.step,
    notBefore: null,
    error: null,
    startTime: task.startTime ?? change.now,
  });
  if (change.run.state === 'PENDING') change.setRun({ state: 'RUNNING' });
  const again = task.attempt > 1 ? `, attempt ${task.attempt}` : '';
  change.event('task.started', task.name, `started on worker "${worker}"${again}`);
}

/** Renews a lease and takes the news in; true when the worker shall stop. */
export function reportTask(change: RunChange, report: TaskReport): boolean {
  const task = heldTask(change, report);
  if (task.state === 'CANCELLED') return true;
  if (task.state !== 'RUNNING') throw leaseLost(report, `it is ${task.state.toLowerCase()}`);
  const metrics = report.metrics ?? [];
  change.setTask(task, {
    step: report.step,
    stepCount: report.stepCount,
    leaseUntil: change.later(report.leaseMs),
    ...(metrics.length > 0 ? { metrics: metrics[metrics.length - 1] } : {}),
    ...(report.artifacts ? { artifacts: { ...task.artifacts, ...report.artifacts } } : {}),
  });
  for (const numbers of metrics) {
    change.event(
      'task.metrics',
      task.name,
      `step ${numbers.step}: loss ${numbers.loss.toPrecision(4)}`,
      numbers,
    );
  }
  if (report.message) change.event('task.message', task.name, report.message);
  return false;
}

/** Ends a task; what depends on it may start, and the run ends with its last task or with a failure for good. */
export function completeTask(change: RunChange, completion: TaskCompletion): void {
  const task = change.task(completion.task);
  if (completion.fence === task.endedFence && completion.fence > 0) return;
  heldTask(change, completion);
  if (task.state === 'CANCELLED') return;
  if (task.state !== 'RUNNING') throw leaseLost(completion, `it is ${task.state.toLowerCase()}`);
  change.setTask(task, {
    worker: null,
    leaseUntil: null,
    endedFence: task.fence,
    losses: 0,
    artifacts: { ...task.artifacts, ...completion.artifacts },
  });
  if (completion.error) failTask(change, task, completion.error, completion.retryable);
  else {
    change.setTask(task, {
      state: 'SUCCEEDED',
      results: { ...completion.results },
      endTime: change.now,
      ...(task.stepCount > 0 ? { step: task.stepCount } : {}),
    });
    change.event('task.succeeded', task.name, completion.message ?? 'succeeded');
    endRunIfDone(change);
  }
}

/** Gives a task back because its worker wants to. */
export function releaseTask(change: RunChange, lease: LeaseRef & { readonly message?: string }): void {
  const task = heldTask(change, lease);
  if (task.state === 'CANCELLED') return;
  if (task.state !== 'RUNNING') throw leaseLost(lease, `it is ${task.state.toLowerCase()}`);
  giveBack(change, task);
  change.event('task.released', task.name, lease.message ?? 'given back by its worker');
}

/** Takes a running task from a worker that is gone; fails it when that happens again and again without a step done. */
export function loseTask(change: RunChange, task: TaskState, why: string): void {
  const losses = task.step > task.leaseStep ? 1 : task.losses + 1;
  const worker = task.worker ?? '';
  giveBack(change, task);
  change.setTask(task, { losses });
  if (losses < mostLosses) {
    change.event('task.lost', task.name, `${why}; the task waits for another worker`);
    return;
  }
  const message = `task "${task.name}" lost its worker ${losses} times without finishing a step, last "${worker}"; look at the workers' logs`;
  failTask(change, task, new LyceumError('UNREACHABLE', message).toRecord(), false);
}

function failTask(
  change: RunChange,
  task: TaskState,
  error: ErrorRecord,
  retryable = isRetryable(error),
): void {
  const failures = task.failures + 1;
  if (retryable && failures < task.maxAttempts) {
    const pauseMs = Math.min(longestBackoffMs, task.backoffMs * 2 ** (failures - 1));
    change.setTask(task, { state: 'PENDING', failures, error, notBefore: change.later(pauseMs) });
    const rest = `failure ${failures} of ${task.maxAttempts}, tried again in ${pauseMs / 1000} s`;
    change.event('task.retrying', task.name, `${error.message} (${rest})`);
    return;
  }
  change.setTask(task, { state: 'FAILED', failures, error, endTime: change.now });
  change.event('task.failed', task.name, error.message);
  failRun(change, task.name, error);
}

function giveBack(change: RunChange, task: TaskState): void {
  change.setTask(task, { state: 'PENDING', worker: null, leaseUntil: null });
}

/** The task, if the lease is its newest one. */
function heldTask(change: RunChange, lease: LeaseRef): TaskState {
  const task = change.task(lease.task);
  if (task.fence !== lease.fence) throw leaseLost(lease, `its fence is ${task.fence}`);
  if (task.state === 'PENDING' || (hasEnded(task.state) && task.endedFence === task.fence)) {
    throw leaseLost(lease, `it is ${task.state.toLowerCase()}`);
  }
  return task;
}

function leaseLost({ run, task, fence }: LeaseRef, why: string): LyceumError {
  return new LyceumError(
    'LEASE_LOST',
    `the lease of task "${task}" of run "${run}" with fence ${fence} is lost: ${why}; stop the work and ask for a task`,
    { metadata: { run, task, fence: String(fence) } },
  );
}
