import type { Placement, ReadyTask, State } from '../records.js';

/** A task of a run that has not ended, as far as choosing needs it. */
export interface LiveTask extends ReadyTask {
  readonly state: State;
  readonly dependsOn: readonly string[];
  readonly notBefore: Date | null;
}

/** A worker, as far as placement needs it. */
export interface Place {
  readonly device: string;
  readonly memoryBytes: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Choice {
  /** All tasks of all live runs, oldest run first, in planned order. */
  readonly tasks: readonly LiveTask[];
  readonly now: Date;
  /** Who asks. */
  readonly place: Place;
  readonly kinds: readonly string[] | undefined;
  /** Other workers of the same kind that are alive and hold nothing. */
  readonly idle: readonly Place[];
}

/**
 * The tasks that the worker may start, best first. The rest of a gang that has begun goes before everything else:
 * its members wait for one another. A gang begins only if idle workers can be found for all of it.
 */
export function chooseTasks({ tasks, now, place, kinds, idle }: Choice): LiveTask[] {
  const waiting = waitingTasks(tasks, now);
  const mine = waiting.filter((task) => (kinds?.includes(task.kind) ?? true) && fits(place, task.placement));
  const begun = mine.filter((task) => gangOf(task, tasks).some((mate) => mate.state === 'RUNNING'));
  const others = mine.filter((task) => {
    if (begun.includes(task)) return false;
    const mates = gangOf(task, tasks).filter((mate) => mate !== task && mate.state === 'PENDING');
    return mates.every((mate) => waiting.includes(mate)) && canPlaceAll(mates, idle);
  });
  return [...begun, ...others];
}

/** The tasks that only wait for workers; of a gang that has not begun, all or none. */
export function readyTasks(tasks: readonly LiveTask[], now: Date): LiveTask[] {
  const waiting = waitingTasks(tasks, now);
  return waiting.filter((task) => {
    const mates = gangOf(task, tasks);
    return (
      mates.some((mate) => mate.state === 'RUNNING') ||
      mates.every((mate) => mate.state !== 'PENDING' || waiting.includes(mate))
    );
  });
}

/** Whether a worker is what a task asks for. */
export function fits(place: Place, { device, memoryBytes, labels }: Placement): boolean {
  if (device !== undefined && device !== place.device) return false;
  if (memoryBytes !== undefined && memoryBytes > place.memoryBytes) return false;
  return Object.entries(labels ?? {}).every(([name, value]) => place.labels[name] === value);
}

function waitingTasks(tasks: readonly LiveTask[], now: Date): LiveTask[] {
  const done = new Set(
    tasks.filter((task) => task.state === 'SUCCEEDED').map((task) => keyOf(task.run, task.task)),
  );
  return tasks.filter(
    (task) =>
      task.state === 'PENDING' &&
      (task.notBefore === null || task.notBefore <= now) &&
      task.dependsOn.every((name) => done.has(keyOf(task.run, name))),
  );
}

function gangOf(task: LiveTask, tasks: readonly LiveTask[]): LiveTask[] {
  if (task.gang === undefined) return [task];
  return tasks.filter((other) => other.run === task.run && other.gang === task.gang);
}

/** Whether each task finds a worker of its own; those that fit few workers choose first. */
function canPlaceAll(tasks: readonly LiveTask[], idle: readonly Place[]): boolean {
  const free = [...idle];
  const choices = (task: LiveTask): number => idle.filter((place) => fits(place, task.placement)).length;
  for (const task of [...tasks].sort((a, b) => choices(a) - choices(b))) {
    const index = free.findIndex((place) => fits(place, task.placement));
    if (index < 0) return false;
    free.splice(index, 1);
  }
  return true;
}

function keyOf(run: string, task: string): string {
  return JSON.stringify([run, task]);
}
