import { TrainerServiceService } from '@lyceum/contracts/trainer-service';
import { connect } from '@lyceum/rpc';
import { setTimeout as pause } from 'node:timers/promises';
import { descendantsOf, flagOf, serviceOf, type ProcessEntry } from '../processes/process-table.js';
import type { RunningProcess } from '../processes/running-process.js';

/** A trainer in the midst of a task. */
export interface TrainerAtWork {
  readonly process: ProcessEntry;
  readonly step: number;
}

/** A `lyceum run` and the processes under it, seen as an operator sees them: by `ps` and by the trainers' own service. */
export class WatchedRun {
  constructor(readonly command: RunningProcess) {}

  processes(service?: string): ProcessEntry[] {
    return descendantsOf(this.command.pid).filter(
      (entry) => service === undefined || serviceOf(entry) === service,
    );
  }

  /** Waits until a trainer has done so many steps of a task; fails when the command has ended. */
  async reaches(task: string, step: number): Promise<TrainerAtWork> {
    while (this.command.isRunning) {
      for (const process of this.processes('student-trainer')) {
        const found = await this.taskOf(process);
        if (found?.task === task && found.step >= step) return { process, step: found.step };
      }
      await pause(20);
    }
    throw new Error(`the run ended before ${task} had done ${step} steps:\n${this.command.log}`);
  }

  private async taskOf(process: ProcessEntry): Promise<{ task: string; step: number } | undefined> {
    const trainer = connect(flagOf(process, 'address'), TrainerServiceService, {
      maxAttempts: 1,
      deadlineMs: 2000,
    });
    try {
      return (await trainer.call('getTask', {})).task;
    } catch {
      return undefined; // it is starting, or was just killed
    } finally {
      trainer.close();
    }
  }
}
