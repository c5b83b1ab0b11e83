import type { RunEvent, Task } from '@lyceum/contracts/orchestrator';

/** Signs that a worker is gone, told when that was found out: they say nothing of when it last worked. */
const endings: ReadonlySet<string> = new Set(['task.lost', 'task.released', 'task.retrying']);

/**
 * How long workers were at a task that was started several times, in milliseconds: of each start until its last sign of
 * life, without the time in which nobody had it. Undefined without events that tell.
 */
export function activeMsOf({ name }: Task, events: readonly RunEvent[]): number | undefined {
  let total: number | undefined;
  let last: number | undefined;
  for (const { task, kind, time } of events) {
    if (task !== name || time === undefined || endings.has(kind)) continue;
    if (kind === 'task.started') total ??= 0;
    else if (last !== undefined && total !== undefined) total += time.getTime() - last;
    last = time.getTime();
  }
  return total;
}
