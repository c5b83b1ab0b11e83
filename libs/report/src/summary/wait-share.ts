import type { RunEvent } from '@lyceum/contracts/orchestrator';

/**
 * Share of a task's training time in which it waited for keys: the mean of the reports' shares, each weighted with the
 * time that its steps took (steps / samples per second; the batch size cancels). Undefined without reports.
 */
export function waitShareOf(events: readonly RunEvent[]): number | undefined {
  let before = -1;
  let waited = 0;
  let total = 0;
  for (const { metrics } of events) {
    if (metrics === undefined || !(metrics.samplesPerSecond > 0)) continue;
    // A task that went on from a checkpoint reports steps once more.
    const steps = metrics.step > before ? metrics.step - before : 1;
    before = metrics.step;
    const time = steps / metrics.samplesPerSecond;
    waited += time * metrics.waitShare;
    total += time;
  }
  return total > 0 ? waited / total : undefined;
}
