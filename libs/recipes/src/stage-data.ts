import type { DataChanges, DataConfig } from './data-schema.js';
import type { Recipe, Stage } from './schema.js';

/** The data of a stage: the recipe's with the stage's changes, single fields of the augmentation merged. */
export function stageDataOf(
  { spec }: Recipe,
  { data: changes = {} }: { data?: DataChanges | undefined },
): DataConfig {
  const { augmentation, ...rest } = changes;
  const isOther = rest.name !== undefined && rest.name !== spec.data.name;
  return {
    ...(isOther ? howBatchesAreMade(spec.data) : spec.data),
    ...rest,
    augmentation: { ...spec.data.augmentation, ...augmentation },
    name: rest.name ?? spec.data.name,
  };
}

/** What does not belong to the samples of one set. */
function howBatchesAreMade({ views, augmentation, viewPixels }: DataConfig) {
  return { views, augmentation, ...(viewPixels === undefined ? {} : { viewPixels }) };
}

/** The side at which a stage's networks see images; undefined: the data's own. */
export function viewPixelsOf(recipe: Recipe, stage: string): number | undefined {
  const found: Stage | undefined = recipe.spec.stages.find(({ name }) => name === stage.split('/')[0]);
  return found && stageDataOf(recipe, found).viewPixels;
}
