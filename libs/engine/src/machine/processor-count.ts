import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Processors that this process may use: its affinity, and no more than a container's quota (cgroup v2, then v1).
 * A Pod with two CPUs on a node of 64 would otherwise start 64 threads.
 */
export function processorCount(readText: (path: string) => string | undefined = textOf): number {
  const quota = quotaOf(readText);
  return Math.max(1, Math.min(availableParallelism(), quota === undefined ? Infinity : Math.ceil(quota)));
}

function quotaOf(readText: (path: string) => string | undefined): number | undefined {
  const [limit, period] = (readText('/sys/fs/cgroup/cpu.max') ?? '').split(/\s+/).map(Number);
  if (limit > 0 && period > 0) return limit / period;
  const oldLimit = Number(readText('/sys/fs/cgroup/cpu/cpu.cfs_quota_us') ?? '');
  const oldPeriod = Number(readText('/sys/fs/cgroup/cpu/cpu.cfs_period_us') ?? '');
  return oldLimit > 0 && oldPeriod > 0 ? oldLimit / oldPeriod : undefined;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
