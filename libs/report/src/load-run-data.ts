import type { Run } from '@lyceum/contracts/orchestrator';
import { loadDataSet, type LoadedData, type LoadOptions } from '@lyceum/data';
import { planOf } from './summary/plan-of.js';

/**
 * Loads the data set of a run as its tasks read it. Undefined when the run's recipe can't be read any more.
 * @throws LyceumError as `loadDataSet` does; a report can be made without the data.
 */
export async function loadRunData(run: Run, options: LoadOptions = {}): Promise<LoadedData | undefined> {
  const { plan } = planOf(run);
  if (plan === undefined) return undefined;
  const { name, path, trainLimit, testLimit, imagePixels } = plan.recipe.spec.data;
  return loadDataSet({ name, path, trainLimit, testLimit, imagePixels }, options);
}
