import { invalidField } from '@lyceum/errors';
import type { NetworkRef } from './network-schema.js';
import type { Recipe } from './schema.js';
import { isTrained, namedNetwork, stageNetworks } from './stage-networks.js';

/** The task that a stage reference means: of a stage with several networks its last, of peers the first. */
export function taskOf(recipe: Recipe, ref: string): string {
  if (ref.includes('/')) return ref;
  const stage = recipe.spec.stages.find((candidate) => candidate.name === ref);
  return stage !== undefined && isTrained(stage) ? namedNetwork(stage).task : ref;
}

/** Architecture of a task's network. */
export function architectureOf(recipe: Recipe, task: string): string {
  const [name] = task.split('/');
  const stage = recipe.spec.stages.find((candidate) => candidate.name === name);
  if (stage === undefined || !isTrained(stage))
    throw invalidField('spec.stages', `there is no trained stage "${name}"`);
  const network = stageNetworks(stage).find((candidate) => candidate.task === task);
  return recipe.spec.models[network?.model ?? ''].architecture;
}

/** The architectures that a network may have: several only where it is the best of some. */
export function architecturesOf(recipe: Recipe, { stage, model = '', best }: NetworkRef): string[] {
  if (stage === undefined && best === undefined) return [recipe.spec.models[model].architecture];
  const refs = best ?? [stage ?? ''];
  return [...new Set(refs.map((ref) => architectureOf(recipe, taskOf(recipe, ref))))];
}
