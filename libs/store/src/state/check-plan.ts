import { invalidFields, type Violation } from '@lyceum/errors';
import type { RunPlan, TaskPlan } from '../records.js';

const longestName = 200;

/** Finds everything that is wrong with a plan; INVALID_FIELD names it all at once. */
export function checkPlan(plan: RunPlan): void {
  const violations: Violation[] = [
    ...checkName('name', plan.name),
    ...checkName('requestId', plan.requestId),
    ...plan.tasks.flatMap((task, index) => checkTask(plan.tasks, task, `tasks[${index}]`)),
  ];
  if (plan.tasks.length === 0)
    violations.push({ field: 'tasks', description: 'must have at least one task' });
  if (violations.length === 0) violations.push(...checkOrder(plan.tasks));
  if (violations.length > 0) throw invalidFields(violations);
}

/** What is wrong with a name from a caller. */
export function checkName(field: string, name: string): Violation[] {
  if (name.length > 0 && name.length <= longestName && !/[\x00-\x1f\x7f]/.test(name)) return [];
  const found = JSON.stringify(name.slice(0, 40));
  return [
    {
      field,
      description: `must have 1 to ${longestName} characters and no control characters, found ${found}`,
    },
  ];
}

function checkTask(tasks: readonly TaskPlan[], task: TaskPlan, field: string): Violation[] {
  const violations = [...checkName(`${field}.name`, task.name)];
  if (tasks.find((other) => other.name === task.name) !== task) {
    violations.push({ field: `${field}.name`, description: `there is another task "${task.name}"` });
  }
  if (task.maxAttempts !== undefined && !(Number.isInteger(task.maxAttempts) && task.maxAttempts >= 1)) {
    violations.push({
      field: `${field}.maxAttempts`,
      description: `must be a whole number from 1, found ${task.maxAttempts}`,
    });
  }
  if (task.backoffMs !== undefined && !(Number.isInteger(task.backoffMs) && task.backoffMs >= 0)) {
    violations.push({
      field: `${field}.backoffMs`,
      description: `must be a whole number from 0, found ${task.backoffMs}`,
    });
  }
  task.dependsOn.forEach((name, index) => {
    const at = `${field}.dependsOn[${index}]`;
    const other = tasks.find((candidate) => candidate.name === name);
    if (other === undefined) violations.push({ field: at, description: `there is no task "${name}"` });
    else if (task.gang !== undefined && other.gang === task.gang) {
      violations.push({
        field: at,
        description: `"${name}" is of the same gang "${task.gang}", which starts at once`,
      });
    }
  });
  return violations;
}

/** Takes away, again and again, the tasks that could start (a gang as one); what is left waits for itself. */
function checkOrder(tasks: readonly TaskPlan[]): Violation[] {
  let left = tasks;
  for (;;) {
    const names = new Set(left.map((task) => task.name));
    const blocked = left.filter((task) => task.dependsOn.some((name) => names.has(name)));
    const gangs = new Set(blocked.flatMap((task) => task.gang ?? []));
    const next = left.filter(
      (task) => blocked.includes(task) || (task.gang !== undefined && gangs.has(task.gang)),
    );
    if (next.length === 0) return [];
    if (next.length === left.length) {
      const circle = next.map((task) => `"${task.name}"`).join(', ');
      return [{ field: 'tasks', description: `${circle} wait for one another; no order can start them` }];
    }
    left = next;
  }
}
