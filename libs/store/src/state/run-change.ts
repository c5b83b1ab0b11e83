import type { StepMetrics } from '@lyceum/contracts/trainer';
import { LyceumError } from '@lyceum/errors';
import type { Selectable } from 'kysely';
import type { EventKind, State } from '../records.js';
import type { RunTable, TaskTable } from '../sql/schema.js';

/** A run as it is while it changes; without the recipe's text. */
export type RunState = Omit<Selectable<RunTable>, 'recipe'>;
/** A task as it is while it changes; without its spec. */
export type TaskState = Omit<Selectable<TaskTable>, 'spec'>;

export interface PendingEvent {
  readonly kind: string;
  readonly task: string;
  readonly message: string;
  readonly metrics: StepMetrics | undefined;
  readonly state: State;
}

export type RunPatch = Partial<Pick<RunState, 'state' | 'error' | 'endTime'>>;
export type TaskPatch = Partial<Omit<TaskState, 'run' | 'name' | 'position'>>;

/**
 * A locked run with what one transaction does to it. Transitions are plain functions over this: they touch no
 * database, and all they did is written at once afterwards.
 */
export class RunChange {
  readonly events: PendingEvent[] = [];
  readonly taskPatches = new Map<string, TaskPatch>();
  runPatch: RunPatch = {};

  /** `tasks` may be only those that the change is about. */
  constructor(
    readonly run: RunState,
    readonly tasks: readonly TaskState[],
    readonly now: Date,
  ) {}

  task(name: string): TaskState {
    const found = this.tasks.find((task) => task.name === name);
    if (found === undefined) {
      const description = `run "${this.run.name}" has no task "${name}"`;
      throw new LyceumError('UNKNOWN_NAME', description, { violations: [{ field: 'task', description }] });
    }
    return found;
  }

  /** Changes the task, here and in the transaction. */
  setTask(task: TaskState, patch: TaskPatch): void {
    Object.assign(task, patch);
    this.taskPatches.set(task.name, { ...this.taskPatches.get(task.name), ...patch });
  }

  setRun(patch: RunPatch): void {
    Object.assign(this.run, patch);
    this.runPatch = { ...this.runPatch, ...patch };
  }

  /** Tells of something; the event carries the run's state at this moment. */
  event(kind: EventKind, task: string, message: string, metrics?: StepMetrics): void {
    this.tell({ kind, task, message, metrics });
  }

  /** Tells of something of any kind. */
  tell(event: Omit<PendingEvent, 'state'>): void {
    this.events.push({ ...event, state: this.run.state });
  }

  /** Milliseconds from now. */
  later(ms: number): Date {
    return new Date(this.now.getTime() + ms);
  }
}

/** Whether nothing more happens in a run or task of that state by itself. */
export function hasEnded(state: State): boolean {
  return state !== 'PENDING' && state !== 'RUNNING';
}
