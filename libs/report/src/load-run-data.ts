import type { Run } from '@lyceum/contracts/orchestrator';
import { loadDataSet, type LoadedData, type LoadOptions } from '@lyceum/data';
import { dataSpecOf } from '@lyceum/recipes';
import { planOf } from './summary/plan-of.js';

/**
 * Loads the data set of a run as its tasks read it. Undefined when the run's recipe can't be read any more.
 * @throws LyceumError as `loadDataSet` does; a report can be made without the data.
 */
export async function loadRunData(run: Run, options: LoadOptions = {}): Promise<LoadedData | undefined> {
  const { plan } = planOf(run);
  if (plan === undefined) return undefined;
  return loadDataSet(dataSpecOf(plan.recipe.spec.data), options);
}
