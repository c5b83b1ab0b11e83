import {
  State,
  type Run as RunMessage,
  type RunEvent as EventMessage,
  type Task as TaskMessage,
} from '@lyceum/contracts/orchestrator';
import { LyceumError, type ErrorRecord } from '@lyceum/errors';
import { statusFrom } from '@lyceum/rpc';
import type { Run, RunEvent, Task } from '@lyceum/store';

/** A run of the store as the contract shows it. */
export function runMessage(run: Run): RunMessage {
  return {
    name: run.name,
    recipeName: run.recipeName,
    recipe: run.recipe,
    state: State[run.state],
    tasks: run.tasks.map(taskMessage),
    error: status(run.error),
    createTime: run.createTime,
    endTime: run.endTime,
    artifactRoot: run.artifactRoot,
  };
}

export function eventMessage(event: RunEvent): EventMessage {
  const { sequence, time, kind, task, message, metrics } = event;
  return { sequence, time, kind, task, message, metrics };
}

function taskMessage(task: Task): TaskMessage {
  return {
    name: task.name,
    stage: task.stage,
    kind: task.kind,
    state: State[task.state],
    dependsOn: [...task.dependsOn],
    step: task.step,
    stepCount: task.stepCount,
    attempt: task.attempt,
    worker: task.worker ?? '',
    metrics: task.metrics,
    results: { ...task.results },
    artifacts: { ...task.artifacts },
    error: status(task.error),
    startTime: task.startTime,
    endTime: task.endTime,
  };
}

const status = (error: ErrorRecord | undefined) =>
  error === undefined ? undefined : statusFrom(LyceumError.fromRecord(error));
