import type { StepMetrics } from '@lyceum/contracts/trainer';
import type { RunPlan, TaskPlan } from '../records.js';
import type { WorkerFacts } from '../records.js';

export function planOf(name: string, tasks: readonly Partial<TaskPlan>[] = [{}]): RunPlan {
  return {
    name,
    requestId: `request of ${name}`,
    recipeName: 'fashion-kd',
    recipe: 'kind: Distillation',
    artifactRoot: 'file:///artifacts',
    tasks: tasks.map((task) => taskPlan(task)),
  };
}

function taskPlan(task: Partial<TaskPlan>): TaskPlan {
  return {
    name: 'teacher',
    stage: task.name ?? 'teacher',
    kind: 'train',
    dependsOn: [],
    spec: { seed: 7 },
    ...task,
  };
}

export function workerOf(name: string, facts: Partial<WorkerFacts> = {}): WorkerFacts {
  return {
    name,
    kind: 'trainer',
    address: `unix:/run/${name}.sock`,
    device: 'cpu',
    memoryBytes: 1e9,
    labels: {},
    ...facts,
  };
}

export function metricsOf(step: number, loss = 0.5): StepMetrics {
  return {
    step,
    epoch: 0,
    loss,
    losses: { ce: loss },
    accuracy: 0.25,
    learningRate: 0.1,
    samplesPerSecond: 100,
    waitShare: 0,
    receivedBytes: 1024,
  };
}
