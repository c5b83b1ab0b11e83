import { choiceText } from '@lyceum/recipes';
import type { Run, RunStore, TaskLease } from '@lyceum/store';
import { join } from 'node:path';
import type { LocalLauncher } from './local-launcher.js';
import type { RunServices } from './run-services.js';
import type { Runs } from './runs.js';

export interface WorkforceOptions {
  readonly store: RunStore;
  readonly runs: Runs;
  readonly local: {
    readonly launcher: LocalLauncher;
    readonly services: RunServices;
    /** Trainers to start at most; 0: they join by themselves. */
    readonly trainerCount: number;
    readonly trainerArgs: () => readonly string[];
    readonly socketFolder: string;
  };
}

/** Keeps as many workers and services as the open runs need, and knows where they are. */
export class Workforce {
  constructor(private readonly options: WorkforceOptions) {}

  /** Starts trainers for what is to be done, and ends the services that nothing needs any more. */
  async adjust(): Promise<void> {
    const { local, runs } = this.options;
    const unfinished = await runs.unfinished();
    await local.services.endUnneeded(unfinished.map(({ run, name, spec }) => ({ run, name, spec })));
    if (unfinished.length === 0 || local.trainerCount === 0) return;
    const gangs = new Map<string, number>();
    for (const { run, planned } of unfinished) {
      const key = `${run}/${planned.gang ?? planned.name}`;
      gangs.set(key, (gangs.get(key) ?? 0) + 1);
    }
    // A gang only starts when all its tasks can, so there must be a trainer for each of them.
    const wanted = Math.max(Math.min(local.trainerCount, unfinished.length), ...gangs.values());
    for (let number = 1; number <= wanted; number += 1) {
      const name = `trainer-${number}`;
      const address = `unix:${join(local.socketFolder, `${name}.sock`)}`;
      const args = ['--worker-name', name, '--address', address, ...local.trainerArgs()];
      local.launcher.ensure({ name, service: 'student-trainer', args });
    }
  }

  /** Starts what a leased task needs, and tells its addresses; a choice that it waited for is made and told. */
  async begin({
    run: name,
    task,
    spec,
  }: TaskLease): Promise<{ spec: object; addresses: Record<string, string> }> {
    const { store, runs } = this.options;
    const run = await store.getRun(name);
    const { choices = [], spec: settled = spec } = runs.chosen(run, task) ?? {};
    for (const choice of choices)
      await store.appendEvent(name, { kind: 'task.chosen', task, message: choiceText(choice) });
    return { spec: choices.length === 0 ? spec : settled, addresses: await this.addresses(run, task) };
  }

  /** Addresses of a task's services and peers at this moment. */
  async addresses(run: Run, task: string): Promise<Record<string, string>> {
    const { local, runs } = this.options;
    const chosen = runs.chosen(run, task);
    if (chosen === undefined) return {};
    const { planned, spec } = chosen;
    const services = local.services.ensure({ run: run.name, name: task, spec });
    return {
      ...services,
      ...(planned.gang === undefined ? {} : await this.peerAddresses(run, planned.gang, task)),
    };
  }

  private async peerAddresses(run: Run, gang: string, task: string): Promise<Record<string, string>> {
    const workers = new Map(
      (await this.options.store.listWorkers()).map(({ name, address }) => [name, address]),
    );
    const peers = run.tasks.filter(
      (other) => other.gang === gang && other.name !== task && other.worker !== undefined,
    );
    return Object.fromEntries(
      peers.map((peer) => [`peer:${peer.name.split('/')[1]}`, workers.get(peer.worker ?? '') ?? '']),
    );
  }
}
