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

  /** Tells the open runs that a process of theirs died. */
  crashed(name: string, how: string, isGivenUp: boolean): void {
    const next = isGivenUp ? 'starting it again would be in vain' : 'it is started again';
    this.working = this.working.then(() => this.tell(name, `process "${name}" ended (${how}); ${next}`));
  }

  private async tidy(): Promise<void> {
    const { store, workforce, logger } = this.options;
    try {
      for (const { run, task, worker } of await store.expireLeases()) {
        logger.warn({ run, task, worker }, 'lease ran out');
      }
      await workforce.adjust();
    } catch (caught) {
      const error = LyceumError.from(caught);
      logger.error({ error: caught }, `upkeep: ${error.message}`);
      // A trainer was given up: nobody would do the tasks, and nobody would be told.
      if (error.reason === 'UNREACHABLE' && error.metadata.process !== undefined) await this.fail(error);
    }
  }

  private async fail(error: LyceumError): Promise<void> {
    const { store, runs, logger } = this.options;
    try {
      for (const run of await runs.active()) await store.failRun(run.name, error.toRecord());
    } catch (caught) {
      logger.error({ error: caught }, `failing runs: ${LyceumError.from(caught).message}`);
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
