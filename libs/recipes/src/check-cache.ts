import { findLoss } from '@lyceum/losses';
import type { CacheStage } from './cache-stage.js';
import { isUnknownHere, type Problem } from './check-loss.js';
import type { LossEntry, Recipe } from './schema.js';
import { stageDataOf } from './stage-data.js';
import { attempted } from './tap-pairs.js';
import { viewsOf } from './views-of.js';

/** Why a stage's keys can't be had ahead of the stages that learn from them; paths start at the stage. */
export function cacheProblems(recipe: Recipe, stage: CacheStage): Problem[] {
  const ofLosses = stage.losses.flatMap((entry, i) =>
    lossProblems(entry).map((description) => ({ path: ['losses', i, 'loss'], description })),
  );
  return [...dataProblems(recipe, stage), ...ofLosses];
}

function dataProblems(recipe: Recipe, stage: CacheStage): Problem[] {
  const { views, augmentation } = stageDataOf(recipe, stage);
  const problems: Problem[] = [];
  if (augmentation.cutmixAlpha > 0) {
    const description = `mixes the images of a batch, so that no sample has a key of its own; set it to 0, found ${augmentation.cutmixAlpha}`;
    problems.push({ path: ['data', 'augmentation', 'cutmixAlpha'], description });
  }
  if (viewsOf({ views, augmentation: { ...augmentation, cutmixAlpha: 0 } }) === Infinity) {
    const description =
      'are fresh, so that each epoch has images whose keys nobody has asked for; say how many there are, here or under spec.data.views';
    problems.push({ path: ['data', 'views'], description });
  }
  return problems;
}

function lossProblems(entry: LossEntry): string[] {
  if (isUnknownHere(entry)) return [];
  const module = attempted(() => findLoss(entry.loss));
  if (module === undefined) return [];
  if (module.teacher.length === 0)
    return [`"${entry.loss}" compares with no teacher, so there is no key to ask for; leave it out`];
  if (module.keyIsPerBatch !== true) return [];
  return [
    `"${entry.loss}" has keys that belong to a whole batch, so none of a sample can be kept; leave it out`,
  ];
}
