import type { Run } from '@lyceum/contracts/orchestrator';

/** What a stage asked teachers for, so that later stages find it in their caches. */
export interface AskedAhead {
  readonly task: string;
  /** Training samples. */
  readonly samples: number;
  /** Of each sample. */
  readonly views: number;
  readonly receivedBytes: number;
  readonly fillMs: number;
}

/** Of each stage that has asked for keys ahead, in the run's order. */
export function askedAheadOf({ tasks }: Run): AskedAhead[] {
  return tasks.flatMap(({ name, kind, results }) => {
    if (kind !== 'cache' || !('samples' in results)) return [];
    const { samples, views, receivedBytes, fillMs } = results;
    return [{ task: name, samples, views, receivedBytes, fillMs }];
  });
}
