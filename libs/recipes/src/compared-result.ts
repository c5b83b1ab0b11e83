import { taskOf } from './network-refs.js';
import { eachTask, evaluatedNetworks } from './evaluated-networks.js';
import type { Recipe } from './schema.js';

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
  const stage = recipe.spec.stages.find(({ kind, name }) => kind === 'evaluate' && name === metric.stage);
  if (stage?.kind !== 'evaluate') return undefined;
  const networks = evaluatedNetworks(stage);
  if (!stage.each && networks.length !== 1) return undefined;
  const found = networks.find(({ ref }) => ref.stage !== undefined && taskOf(recipe, ref.stage) === task);
  if (found === undefined) return undefined;
  return { task: stage.each ? eachTask(stage.name, found.label) : stage.name, result: metric.result };
}
