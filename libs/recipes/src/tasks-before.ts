import type { CacheStage } from './cache-stage.js';
import { eachTask, evaluatedNetworks } from './evaluated-networks.js';
import type { Recipe, Stage } from './schema.js';
import { isTrained, stageNetworks, type TrainedStage } from './stage-networks.js';

/** The tasks of the stages that a stage is to come after. */
export function tasksBefore({ spec }: Recipe, { after = [] }: TrainedStage | CacheStage): string[] {
  return spec.stages.filter(({ name }) => after.includes(name)).flatMap(tasksOfStage);
}

function tasksOfStage(stage: Stage): string[] {
  if (isTrained(stage)) return stageNetworks(stage).map(({ task }) => task);
  if (stage.kind !== 'evaluate' || !stage.each) return [stage.name];
  return evaluatedNetworks(stage).map(({ label }) => eachTask(stage.name, label));
}
