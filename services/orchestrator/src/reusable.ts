import type { PlannedTask } from '@lyceum/recipes';

/** The mark is kept with the task's specification, and taken off again before a worker sees it. */
const mark = 'reuse';

/**
 * A task whose result may come from an earlier one, and is kept for later ones. Tasks of a gang are left as they are:
 * what each learns depends on the others, who would be alone if one of them were done at once.
 */
export function reusable(task: PlannedTask): Omit<PlannedTask, 'spec'> & { readonly spec: object } {
  return task.gang === undefined ? { ...task, spec: { ...task.spec, [mark]: true } } : task;
}

/** The specification as it was planned, and whether it was marked. */
export function reuseOf(stored: object): { spec: object; reuse: boolean } {
  const { [mark]: marked, ...spec } = stored as { [mark]?: boolean };
  return { spec, reuse: marked === true };
}
