import type { Run } from '@lyceum/contracts/orchestrator';
import { comparedResult, metricResults, type EvaluateTask } from '@lyceum/recipes';
import type { RunPlan } from './plan-of.js';

/** What evaluations found of networks besides their accuracy, a row a network and stage. */
export interface Measures {
  /** Names of results that some network has, in the recipe's order. */
  readonly results: readonly string[];
  readonly rows: readonly MeasuresRow[];
}

export interface MeasuresRow {
  /** The task that trained the network, or the file it came from. */
  readonly network: string;
  /** The stage that measured it. */
  readonly stage: string;
  /** Shares from 0 to 1 by name. */
  readonly values: Readonly<Record<string, number>>;
}

/** Undefined where no stage has measured anything but accuracy. */
export function measuresOf(run: Run, plan: RunPlan | undefined): Measures | undefined {
  const measured = run.tasks.flatMap((task) => {
    const spec = plan?.specs.get(task.name);
    if (spec?.kind !== 'evaluate') return [];
    const names = resultsOf(spec).filter((name) => name in task.results);
    if (names.length === 0) return [];
    const values = Object.fromEntries(names.map((name) => [name, task.results[name]]));
    return [{ network: networkOf(spec), stage: task.stage, values }];
  });
  if (measured.length === 0) return undefined;
  return { results: [...new Set(measured.flatMap(({ values }) => Object.keys(values)))], rows: measured };
}

/** What the recipe compares networks by, for people. */
export function measureOf(plan: RunPlan | undefined): string {
  const metric = plan?.recipe.spec.compare?.metric;
  return metric === undefined ? 'test accuracy' : measureText(metric.result);
}

/** What the recipe compares a network by, a share from 0 to 1; undefined while it is not known. */
export function scoreOf(run: Run, plan: RunPlan | undefined, task: string): number | undefined {
  const at = plan === undefined ? { task, result: 'accuracy' } : comparedResult(plan.recipe, task);
  return at && run.tasks.find(({ name }) => name === at.task)?.results[at.result];
}

const resultsOf = ({ metrics }: EvaluateTask): string[] =>
  metrics.filter(({ name }) => name !== 'accuracy').flatMap(metricResults);

function networkOf({ networks: [{ weights, file = '' }] }: EvaluateTask): string {
  return weights === undefined ? file : weights.slice(0, weights.lastIndexOf('/'));
}

/** "knn20" as "20-NN", "verification1Across" as "true accepts at 1 %, across". */
export function measureText(result: string): string {
  const neighbours = /^knn(\d+)$/.exec(result);
  if (neighbours !== null) return `${neighbours[1]}-NN`;
  const accepted = /^verification([\d.]+)(Within|Across)?$/.exec(result);
  if (accepted === null) return result === 'linearProbe' ? 'linear probe' : result;
  const [, share, scope] = accepted as unknown as [string, string, string | undefined];
  return `true accepts at ${share}\u00a0%${scope === undefined ? '' : `, ${scope.toLowerCase()}`}`;
}
