import { LyceumError } from '@lyceum/errors';
import type { RunStore } from '@lyceum/store';
import type { Logger } from '@lyceum/telemetry';
import type { Runs } from './runs.js';
import type { Workforce } from './workforce.js';

export interface UpkeepOptions {
  readonly store: RunStore;
  readonly runs: Runs;
  readonly workforce: Workforce;
  readonly logger: Logger;
}

/** What must happen by itself: leases that ran out, workers for what is open, services that nothing needs. */
export class Upkeep {
  private timer: NodeJS.Timeout | undefined;
  private working = Promise.resolve();

  constructor(private readonly options: UpkeepOptions) {}

  start(): void {
    this.soon();
    this.timer = setInterval(() => this.soon(), 1000);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Does it now, after what is under way. */
  soon(): void {
    this.working = this.working.then(() => this.tidy());
  }

  /** Tells the open runs that a process of theirs died and is started again. */
  crashed(name: string, how: string): void {
    this.working = this.working.then(() =>
      this.tell(name, `process "${name}" ended (${how}); it is started again`),
    );
  }

  private async tidy(): Promise<void> {
    const { store, workforce, logger } = this.options;
    try {
      for (const { run, task, worker } of await store.expireLeases()) {
        logger.warn({ run, task, worker }, 'lease ran out');
      }
      await workforce.adjust();
    } catch (caught) {
      logger.error({ error: caught }, `upkeep: ${LyceumError.from(caught).message}`);
    }
  }

  private async tell(name: string, message: string): Promise<void> {
    const { store, runs, logger } = this.options;
    try {
      // What a trainer held is free at once, not when its lease runs out.
      await store.removeWorker(name, message);
      for (const run of await runs.active()) {
        await store.appendEvent(run.name, { kind: 'process.ended', message });
      }
    } catch (caught) {
      logger.error({ error: caught }, `event: ${LyceumError.from(caught).message}`);
    }
  }
}
