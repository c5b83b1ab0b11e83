import { parseRecipe, type Recipe, type Stage } from '@lyceum/recipes';

/** Images that each student sees, once. */
export const trainCount = 256;
/** Steps of each training, for batches of 64. */
export const stepCount = 4;

/**
 * A recipe with its stages and losses as they are, on so few images that it takes seconds. Checkpoints after each
 * step, so that what is trained beside the student can be looked at.
 */
export function tinyRecipe(text: string): string {
  const recipe = parseRecipe(text);
  const { spec } = recipe;
  const tiny: Recipe = {
    ...recipe,
    spec: {
      ...spec,
      data: { ...spec.data, trainLimit: trainCount, testLimit: 100 },
      training: { ...spec.training, epochs: 1, checkpointSeconds: 0 },
      stages: spec.stages.map((stage) => {
        if (!('training' in stage)) return stage;
        return { ...stage, ...tinyData(stage), training: { ...stage.training, epochs: 1 } };
      }),
    },
  };
  return JSON.stringify(tiny);
}

/** As few images where a stage has a number of its own, or takes them from another set. */
function tinyData({ data }: Stage): Pick<Stage, 'data'> {
  if (data === undefined) return {};
  const { trainLimit, trainFrom } = data;
  return {
    data: {
      ...data,
      ...(trainLimit === undefined ? {} : { trainLimit: trainCount }),
      ...(trainFrom === undefined ? {} : { trainFrom: { ...trainFrom, trainLimit: trainCount } }),
    },
  };
}
