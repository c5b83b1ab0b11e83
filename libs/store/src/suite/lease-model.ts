import { LyceumError } from '@lyceum/errors';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { State } from '../records.js';
import type { RunStore } from '../run-store.js';
import { planOf, workerOf } from './plans.js';
import type { TestClock } from './test-clock.js';

const leaseMs = 1000;
const backoffMs = 400;
const maxAttempts = 2;
const dependencies: Readonly<Record<string, string[]>> = { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] };
const names = Object.keys(dependencies);

interface ModelTask {
  state: State;
  fence: number;
  endedFence: number;
  failures: number;
  worker: string;
  leaseUntil: number;
  notBefore: number;
}

/** What the store should do, in a few lines and without a database. */
class Model {
  run: State = 'PENDING';
  nowMs = 0;
  readonly tasks: Record<string, ModelTask> = Object.fromEntries(
    names.map((name) => [
      name,
      {
        state: 'PENDING',
        fence: 0,
        endedFence: 0,
        failures: 0,
        worker: '',
        leaseUntil: 0,
        notBefore: 0,
      },
    ]),
  );
  /** Every lease ever given, stale ones too. */
  readonly leases: { task: string; fence: number }[] = [];

  lease(worker: string): { task: string; fence: number } | undefined {
    for (const task of this.running()) if (task.worker === worker) task.state = 'PENDING';
    const name = names.find((candidate) => this.mayStart(candidate));
    if (name === undefined || (this.run !== 'PENDING' && this.run !== 'RUNNING')) return undefined;
    const task = this.tasks[name];
    Object.assign(task, {
      state: 'RUNNING',
      worker,
      fence: task.fence + 1,
      leaseUntil: this.nowMs + leaseMs,
      notBefore: 0,
    });
    this.run = 'RUNNING';
    this.leases.push({ task: name, fence: task.fence });
    return { task: name, fence: task.fence };
  }

  /** What a report or release of this lease meets. */
  standing({ task: name, fence }: { task: string; fence: number }): 'held' | 'cancelled' | 'lost' {
    const task = this.tasks[name];
    if (task.fence !== fence || task.endedFence === fence) return 'lost';
    if (task.state === 'RUNNING') return 'held';
    return task.state === 'CANCELLED' ? 'cancelled' : 'lost';
  }

  complete(name: string, failed: boolean): void {
    const task = this.tasks[name];
    task.endedFence = task.fence;
    if (!failed) {
      task.state = 'SUCCEEDED';
      if (names.every((other) => this.tasks[other].state === 'SUCCEEDED')) this.run = 'SUCCEEDED';
      return;
    }
    task.failures += 1;
    if (task.failures < maxAttempts) {
      task.state = 'PENDING';
      task.notBefore = this.nowMs + backoffMs;
    } else {
      task.state = 'FAILED';
      this.end('FAILED');
    }
  }

  end(state: State): void {
    if (this.run !== 'PENDING' && this.run !== 'RUNNING') return;
    this.run = state;
    for (const task of Object.values(this.tasks)) {
      if (task.state === 'PENDING' || task.state === 'RUNNING') task.state = 'CANCELLED';
    }
  }

  resume(): void {
    if (this.run !== 'FAILED' && this.run !== 'CANCELLED') return;
    this.run = Object.values(this.tasks).some((task) => task.fence > 0) ? 'RUNNING' : 'PENDING';
    for (const task of Object.values(this.tasks)) {
      if (task.state !== 'SUCCEEDED') Object.assign(task, { state: 'PENDING', failures: 0, notBefore: 0 });
    }
  }

  running(): ModelTask[] {
    return Object.values(this.tasks).filter((task) => task.state === 'RUNNING');
  }

  private mayStart(name: string): boolean {
    const task = this.tasks[name];
    const ready = dependencies[name].every((other) => this.tasks[other].state === 'SUCCEEDED');
    return task.state === 'PENDING' && ready && task.notBefore <= this.nowMs;
  }
}

interface Real {
  readonly store: RunStore;
  readonly clock: TestClock;
  readonly run: string;
}

type Command = fc.AsyncCommand<Model, Real>;

function command(text: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    toString: () => text,
    run: async (model, real) => {
      await run(model, real);
      const { state, tasks } = await real.store.getRun(real.run);
      const found = {
        run: state,
        ...Object.fromEntries(tasks.map((task) => [task.name, [task.state, task.fence]])),
      };
      const expected = names.map((name) => [name, [model.tasks[name].state, model.tasks[name].fence]]);
      expect(found).toEqual({ run: model.run, ...Object.fromEntries(expected) });
    },
  };
}

const lease = (worker: string): Command =>
  command(`lease(${worker})`, async (model, { store, run }) => {
    const given = await store.leaseTask({ worker: `${run}/${worker}`, leaseMs });
    const expected = model.lease(worker);
    expect(given && { task: given.task, fence: given.fence }).toEqual(expected);
  });

const withLease = (
  text: string,
  pick: number,
  act: (model: Model, real: Real, held: { task: string; fence: number }) => Promise<void>,
) =>
  command(`${text}(lease ${pick})`, async (model, real) => {
    // Recent leases are the interesting ones.
    const held = model.leases[model.leases.length - 1 - pick];
    if (held !== undefined) await act(model, real, held);
  });

const report = (pick: number): Command =>
  withLease('report', pick, async (model, { store, run }, held) => {
    const answer = store.reportTask({ run, ...held, step: 1, stepCount: 9, leaseMs });
    const standing = model.standing(held);
    if (standing === 'lost') await expect(answer).rejects.toMatchObject({ reason: 'LEASE_LOST' });
    else expect(await answer).toEqual({ cancel: standing === 'cancelled' });
    if (standing === 'held') model.tasks[held.task].leaseUntil = model.nowMs + leaseMs;
  });

const release = (pick: number): Command =>
  withLease('release', pick, async (model, { store, run }, held) => {
    const answer = store.releaseTask({ run, ...held });
    const standing = model.standing(held);
    if (standing === 'lost') await expect(answer).rejects.toMatchObject({ reason: 'LEASE_LOST' });
    else await answer;
    if (standing === 'held') model.tasks[held.task].state = 'PENDING';
  });

const complete = (pick: number, failed: boolean): Command =>
  withLease(failed ? 'fail' : 'succeed', pick, async (model, { store, run }, held) => {
    const error = new LyceumError('UNREACHABLE', 'the teacher is away').toRecord();
    const answer = store.completeTask({ run, ...held, ...(failed ? { error } : {}) });
    const repeated = model.tasks[held.task].endedFence === held.fence;
    const standing = model.standing(held);
    if (standing === 'lost' && !repeated)
      await expect(answer).rejects.toMatchObject({ reason: 'LEASE_LOST' });
    else await answer;
    if (standing === 'held') model.complete(held.task, failed);
  });

const advance = (ms: number): Command =>
  command(`advance(${ms})`, async (model, { store, clock }) => {
    clock.advance(ms);
    model.nowMs += ms;
    const late = model.running().filter((task) => task.leaseUntil < model.nowMs);
    expect(await store.expireLeases()).toHaveLength(late.length);
    for (const task of late) task.state = 'PENDING';
  });

const cancel = command('cancel', async (model, { store, run }) => {
  await store.cancelRun(run);
  model.end('CANCELLED');
});

const resume = command('resume', async (model, { store, run }) => {
  await store.resumeRun(run);
  model.resume();
});

const pick = fc.nat({ max: 2 });
const workers = ['w1', 'w2'];
// Leasing and succeeding often, so that many sequences reach the last task.
const commands = fc.commands(
  [
    fc.constantFrom(...workers).map(lease),
    fc.constantFrom(...workers).map(lease),
    pick.map((index) => complete(index, false)),
    pick.map((index) => complete(index, false)),
    pick.map((index) => complete(index, true)),
    pick.map(report),
    pick.map(release),
    fc.constantFrom(300, 700).map(advance),
    fc.constant(cancel),
    fc.constant(resume),
  ],
  { maxCommands: 40, size: 'max' },
);

/** Runs random sequences of calls against the store and the model side by side. */
export async function checkLeaseModel(store: RunStore, clock: TestClock): Promise<void> {
  let round = 0;
  const property = fc.asyncProperty(commands, async (sequence) => {
    const run = `model ${(round += 1)}`;
    const plan = planOf(
      run,
      names.map((name) => ({ name, dependsOn: dependencies[name], maxAttempts, backoffMs })),
    );
    await store.createRun(plan);
    for (const worker of workers) await store.registerWorker(workerOf(`${run}/${worker}`));
    await fc.asyncModelRun(() => ({ model: new Model(), real: { store, clock, run } }), sequence);
    const events = await store.eventsAfter(run, 0);
    expect(events.map((event) => event.sequence)).toEqual(events.map((_, index) => index + 1));
    await store.cancelRun(run);
  });
  await fc.assert(property, { numRuns: 20, endOnFailure: true });
}
