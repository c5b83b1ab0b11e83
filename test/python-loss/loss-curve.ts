import type { RunEvent } from '@lyceum/contracts/orchestrator';

/** A task's loss, as the events of its run tell: the mean over steps up to the step of each event. */
export interface CurvePoint {
  readonly step: number;
  /** Sum over all steps so far of the total and of each loss. */
  readonly sums: Readonly<Record<string, number>>;
}

/** The points that the `task.metrics` events of a task give. */
export function curveOf(events: readonly RunEvent[], task: string): CurvePoint[] {
  const points: CurvePoint[] = [];
  let [before, sums]: [number, Record<string, number>] = [-1, {}];
  for (const event of events) {
    if (event.kind !== 'task.metrics' || event.task !== task || event.metrics === undefined) continue;
    const { step, loss, losses } = event.metrics;
    const means = Object.entries({ total: loss, ...losses });
    sums = Object.fromEntries(
      means.map(([name, mean]) => [name, (sums[name] ?? 0) + mean * (step - before)]),
    );
    before = step;
    points.push({ step, sums });
  }
  return points;
}

/** How far two curves are apart at most, in means over the steps between points that both have. */
export function gapOf(
  left: readonly CurvePoint[],
  right: readonly CurvePoint[],
): { readonly gap: number; readonly pointCount: number } {
  const others = new Map(right.map(({ step, sums }) => [step, sums]));
  const common = left.filter(({ step }) => others.has(step));
  let [before, gap, missed]: [number, number, Record<string, number>] = [-1, 0, {}];
  for (const { step, sums } of common) {
    for (const [name, sum] of Object.entries(sums)) {
      const difference = sum - (others.get(step)?.[name] ?? Infinity);
      gap = Math.max(gap, Math.abs(difference - (missed[name] ?? 0)) / (step - before));
      missed = { ...missed, [name]: difference };
    }
    before = step;
  }
  return { gap, pointCount: common.length };
}
