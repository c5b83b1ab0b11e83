import { isDataSetName, listDataSets } from '@lyceum/data';
import { findLoss, parseParams } from '@lyceum/losses';
import { isUnknownHere, unknownText, type Problem } from './check-loss.js';
import type { DataConfig } from './data-schema.js';
import type { LossEntry, Recipe, Stage } from './schema.js';
import { stageDataOf } from './stage-data.js';
import { attempted } from './tap-pairs.js';
import { lossesOf } from './usual-losses.js';

/** What is wrong with data, as far as names tell; paths start at the data. */
export function dataProblems({ name, path, viewPixels, trainFrom }: DataConfig): Problem[] {
  const set = setOf(name);
  const side = set?.shape && Math.max(set.shape[0], set.shape[1]);
  const problems = set === undefined ? [unknownSet(name)] : pathProblems(set, path);
  if (set?.hasImagesAlone) {
    const description = `"${set.name}" has neither classes nor test images; name it under \`trainFrom\``;
    problems.push({ path: ['name'], description });
  }
  if (side !== undefined && viewPixels !== undefined && viewPixels > side) {
    const description = `must be at most the side of the images, ${side}, found ${viewPixels}`;
    problems.push({ path: ['viewPixels'], description });
  }
  if (trainFrom === undefined) return problems;
  const source = setOf(trainFrom.name);
  const own = source === undefined ? [unknownSet(trainFrom.name)] : pathProblems(source, trainFrom.path);
  return [...problems, ...own.map((problem) => ({ ...problem, path: ['trainFrom', ...problem.path] }))];
}

/** What a stage does that needs labels where its training images have none; paths start at the stage. */
export function labelProblems(recipe: Recipe, stage: Stage): Problem[] {
  const { trainFrom } = stageDataOf(recipe, stage);
  if (trainFrom === undefined || stage.kind === 'select' || stage.kind === 'cache') return [];
  const why = `and the training images of "${trainFrom.name}" have none`;
  if (stage.kind === 'evaluate') {
    return stage.metrics.flatMap(({ name }, i) =>
      name === 'knn' || name === 'linear-probe'
        ? [{ path: ['metrics', i], description: `"${name}" needs labels, ${why}` }]
        : [],
    );
  }
  return lossesOf(stage).flatMap((entry, i) => {
    const needs = labelNeed(entry);
    if (needs === undefined) return [];
    const path = stage.losses === undefined ? ['losses'] : ['losses', i, ...needs.path];
    return [{ path, description: `${needs.description}, ${why}; take one that learns from a teacher alone` }];
  });
}

function labelNeed(entry: LossEntry): Problem | undefined {
  const { loss, params, combine } = entry;
  const rule = typeof combine === 'string' ? combine : combine?.name;
  if (rule === 'attention' || rule === 'choice')
    return { path: ['combine'], description: `"${rule}" weighs teachers by the labels` };
  if (isUnknownHere(entry)) return undefined;
  const needs = attempted(() => {
    const module = findLoss(loss);
    return module.needsLabels?.(parseParams(module.params, params));
  });
  return needs === true ? { path: ['loss'], description: `"${loss}" needs labels` } : undefined;
}

type Description = ReturnType<typeof listDataSets>[number];

function setOf(name: string): Description | undefined {
  if (!isDataSetName(name)) return undefined;
  return listDataSets().find((set) => set.name === name.split(':')[0]);
}

function unknownSet(name: string): Problem {
  const known = listDataSets().map((set) => set.name);
  return { path: ['name'], description: unknownText('data set', name, known) };
}

function pathProblems({ name, takesPath, origin }: Description, path: string | undefined): Problem[] {
  if (path === undefined && takesPath === 'must')
    return [{ path: ['name'], description: `"${name}" needs the \`path\` of its data: ${origin}` }];
  if (path !== undefined && takesPath === 'never')
    return [{ path: ['path'], description: `"${name}" is made up and takes no path; leave it out` }];
  return [];
}
