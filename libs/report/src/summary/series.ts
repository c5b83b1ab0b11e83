import type { RunEvent, Task } from '@lyceum/contracts/orchestrator';
import type { StepMetrics } from '@lyceum/contracts/trainer';

/** A curve: `value[i]` at `step[i]`, steps rising. */
export interface Points {
  readonly step: readonly number[];
  readonly value: readonly number[];
}

/** The numbers of one task's training, in the order of steps. */
export interface TaskSeries {
  readonly task: string;
  readonly metrics: readonly StepMetrics[];
}

/**
 * Collects the numbers by task, in the run's order. Steps done twice after a restart count as done the last
 * time; a stage that only asks for keys has nothing to draw.
 */
export function seriesOf(tasks: readonly Task[], events: readonly RunEvent[]): TaskSeries[] {
  return tasks.flatMap((task) => {
    if (task.kind === 'cache') return [];
    const byStep = new Map<number, StepMetrics>();
    for (const event of events) {
      if (event.task === task.name && event.metrics !== undefined)
        byStep.set(event.metrics.step, event.metrics);
    }
    const metrics = [...byStep.values()].sort((a, b) => a.step - b.step);
    return metrics.length === 0 ? [] : [{ task: task.name, metrics }];
  });
}

/** Picks one number of each report; reports without it, or with NaN or infinity, are left out. */
export function pointsOf(series: TaskSeries, pick: (metrics: StepMetrics) => number | undefined): Points {
  const found = series.metrics.flatMap((metrics) => {
    const value = pick(metrics);
    return value !== undefined && Number.isFinite(value) ? [{ step: metrics.step, value }] : [];
  });
  return { step: found.map((point) => point.step), value: found.map((point) => point.value) };
}

/** At most `limit` points, each the mean of neighbours, placed at their mean step. */
export function thinned(points: Points, limit: number): Points {
  const size = Math.ceil(points.step.length / limit);
  if (size <= 1) return points;
  const groups = Math.ceil(points.step.length / size);
  const means = (values: readonly number[]) =>
    Array.from({ length: groups }, (_, group) => mean(values.slice(group * size, (group + 1) * size)));
  return { step: means(points.step).map(Math.round), value: means(points.value) };
}

/** Mean over the `2 reach + 1` points around each point, fewer at the ends, always as many before as after. */
export function smoothed({ step, value }: Points, reach: number): Points {
  const means = value.map((_, i) => {
    const room = Math.min(reach, i, value.length - 1 - i);
    return mean(value.slice(i - room, i + room + 1));
  });
  return { step, value: means };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
