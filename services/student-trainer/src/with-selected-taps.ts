import { LyceumError } from '@lyceum/errors';
import type { TrainTask } from '@lyceum/recipes';
import type { TaskContext } from './task-context.js';
import type { Selection } from './worker/selection.js';

/** A task with the names of the taps that earlier tasks chose in their place. */
export async function withSelectedTaps<T extends Pick<TrainTask, 'losses'>>(
  task: T,
  { artifacts, run }: Pick<TaskContext, 'artifacts' | 'run'>,
): Promise<T> {
  const chosen = async (key: string): Promise<readonly string[]> => {
    const text = Buffer.from(await artifacts.get(`${run}/${key}`)).toString('utf8');
    return (JSON.parse(text) as Selection).taps;
  };
  const losses = task.losses.map(async ({ selectedTaps, ...entry }) => {
    const taps = Object.entries(selectedTaps ?? {}).map(async ([slot, { selection, point }]) => {
      const names = await chosen(selection);
      const wanted = point === undefined ? [...names] : names[point - 1];
      if (wanted === undefined)
        throw new LyceumError('CORRUPT_FILE', `${selection}: has ${names.length} taps, not ${point}`);
      return [slot, wanted] as const;
    });
    return {
      ...entry,
      teacherTaps: { ...entry.teacherTaps, ...Object.fromEntries(await Promise.all(taps)) },
    };
  });
  return { ...task, losses: await Promise.all(losses) };
}
