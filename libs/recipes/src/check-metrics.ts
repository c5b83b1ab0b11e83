import type { TapInfo } from '@lyceum/models';
import { unknownText, type Problem } from './check-loss.js';
import { comparedResult } from './compared-result.js';
import { metricResults } from './metric-schema.js';
import { taskOf } from './network-refs.js';
import { eachTask, evaluatedNetworks } from './evaluated-networks.js';
import type { Recipe, Stage } from './schema.js';
import { networkTaps } from './tap-pairs.js';

type EvaluateStage = Extract<Stage, { kind: 'evaluate' }>;

/** What is wrong with an evaluation's metrics; paths start at the stage. */
export function metricProblems(recipe: Recipe, stage: EvaluateStage): Problem[] {
  const { each, metrics } = stage;
  const networks = evaluatedNetworks(stage).map(({ label }) => label);
  const problems: Problem[] = [];
  if (each) {
    const tasks = networks.map((network) => eachTask(stage.name, network));
    const twice = tasks.find((task, i) => tasks.indexOf(task) !== i);
    if (twice !== undefined)
      problems.push({ path: ['each'], description: `two networks would be evaluated as "${twice}"` });
  }
  metrics.forEach((metric, i) => {
    if (metrics.findIndex(({ name }) => name === metric.name) !== i)
      problems.push({ path: ['metrics', i], description: `there is already a metric "${metric.name}"` });
    if (metric.name === 'accuracy') return;
    if (networks.length > 1 && !each)
      problems.push({
        path: ['metrics', i],
        description: `"${metric.name}" measures one network, found ${networks.length}; say \`each: true\``,
      });
    const { tap } = metric;
    if (tap === undefined) return;
    const lists = tapsOf(recipe, stage).map((taps) => taps.map(({ name }) => name));
    const names = lists.find((list) => !list.includes(tap));
    if (names !== undefined)
      problems.push({ path: ['metrics', i, 'tap'], description: unknownText('tap', tap, names) });
  });
  return problems;
}

/** What is wrong with what a correct recipe's networks are compared by. */
export function comparisonProblems(
  recipe: Recipe,
  { stage: name, result }: NonNullable<NonNullable<Recipe['spec']['compare']>['metric']>,
): Problem[] {
  const at = ['spec', 'compare', 'metric'];
  const stages = recipe.spec.stages.filter((stage) => stage.kind === 'evaluate');
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage === undefined) {
    const known = stages.map((candidate) => candidate.name);
    return [{ path: [...at, 'stage'], description: unknownText('evaluating stage', name, known) }];
  }
  const results = stage.metrics.flatMap(metricResults);
  if (!results.includes(result))
    return [{ path: [...at, 'result'], description: unknownText('result', result, results) }];
  const { teacher, alone, distilled = [] } = recipe.spec.compare ?? {};
  const refs = [teacher, alone, ...distilled].filter((ref) => ref !== undefined);
  const missing = refs.find((ref) => comparedResult(recipe, taskOf(recipe, ref)) === undefined);
  if (missing === undefined) return [];
  const description = `stage "${name}" does not evaluate "${missing}" by itself; list it there, with \`each: true\``;
  return [{ path: [...at, 'stage'], description }];
}

/** The taps of each network; none of one whose name is wrong anyway. */
function tapsOf(recipe: Recipe, stage: EvaluateStage): (readonly TapInfo[])[] {
  return evaluatedNetworks(stage)
    .flatMap(({ ref }) => networkTaps(recipe, ref))
    .filter((taps) => taps !== undefined);
}
