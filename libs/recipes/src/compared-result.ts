import { planRecipe } from './plan.js';
import type { Recipe } from './schema.js';
import { weightsKey } from './task-spec.js';

/** Where a run has the number that a network is compared by: a result of a task, a share from 0 to 1. */
export interface ComparedResult {
  readonly task: string;
  readonly result: string;
}

/**
 * Where the number is that `spec.compare` compares a trained network by: the accuracy of its own task, or what
 * `compare.metric` names. Undefined for a network that its stage does not measure by itself.
 * @param task that trains the network, see `taskOf`.
 */
export function comparedResult(recipe: Recipe, task: string): ComparedResult | undefined {
  const metric = recipe.spec.compare?.metric;
  if (metric === undefined) return { task, result: 'accuracy' };
  const measuring = planRecipe(recipe).find(({ stage, spec }) => {
    if (spec.kind !== 'evaluate' || stage !== metric.stage) return false;
    return spec.networks.length === 1 && spec.networks[0].weights === weightsKey(task);
  });
  return measuring && { task: measuring.name, result: metric.result };
}
