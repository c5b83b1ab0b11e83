import type { OrchestratorClient } from '@lyceum/client';
import type { Run, Task } from '@lyceum/contracts/orchestrator';
import type { PairResult } from '@lyceum/report';
import { minutesOf, pairName, type Pair } from './pair.js';
import { timeLeftText } from './time-left.js';

/** Says how a sweep goes: a line when a pair ends, and one now and then about those in work. */
export class SweepProgress {
  private readonly started = Date.now();
  private readonly open = new Map<Pair, { run: string; first?: number; share: number }>();
  private ended: readonly Pair[];
  private doneMinutes = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: OrchestratorClient,
    private readonly all: readonly Pair[],
    /** Those that had ended before. */
    before: readonly Pair[],
    private readonly say: (line: string) => void,
  ) {
    this.ended = before;
  }

  start(intervalMs = 20_000): void {
    this.timer = setInterval(() => void this.tick(), intervalMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  onStart(pair: Pair, run: string): void {
    this.open.set(pair, { run, share: 0 });
  }

  onEnd(pair: Pair, { state, reason }: PairResult): void {
    const { first = 0 } = this.open.get(pair) ?? {};
    this.doneMinutes += (1 - first) * minutesOf(pair);
    this.open.delete(pair);
    this.ended = [...this.ended, pair];
    const how = reason === undefined ? 'done' : `${state}: ${reason}`;
    this.say(`${this.count()} ${pairName(pair)}: ${how}; ${this.left()}`);
  }

  private async tick(): Promise<void> {
    try {
      for (const one of this.open.values()) {
        one.share = shareDone(await this.client.getRun(one.run));
        one.first ??= one.share;
      }
    } catch {
      return; // the orchestrator is away; whoever waits for the runs says so
    }
    const running = [...this.open].map(
      ([pair, { share }]) => `${pairName(pair)} (${Math.round(100 * share)} %)`,
    );
    if (running.length > 0) this.say(`${this.count()} in work: ${running.join('; ')}; ${this.left()}`);
  }

  private count(): string {
    return `[${this.ended.length} of ${this.all.length}]`;
  }

  private left(): string {
    const pending = this.all.filter((pair) => !this.ended.includes(pair));
    let [left, inWork] = [0, 0];
    for (const pair of pending) {
      const { share = 0, first = 0 } = this.open.get(pair) ?? {};
      left += (1 - share) * minutesOf(pair);
      inWork += (share - first) * minutesOf(pair);
    }
    const doneMinutes = this.doneMinutes + inWork;
    return timeLeftText({
      totalMinutes: doneMinutes + left,
      doneMinutes,
      elapsedMs: Date.now() - this.started,
    });
  }
}

/** Share of a run's work that is done, each task counting the same. */
export function shareDone({ tasks }: Pick<Run, 'tasks'>): number {
  const share = ({ endTime, step, stepCount }: Task): number =>
    endTime === undefined ? (stepCount > 0 ? step / stepCount : 0) : 1;
  return tasks.reduce((sum, task) => sum + share(task), 0) / Math.max(1, tasks.length);
}
