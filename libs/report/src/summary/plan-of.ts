import type { Run } from '@lyceum/contracts/orchestrator';
import { LyceumError } from '@lyceum/errors';
import { parseRecipe, planRecipe, type Recipe, type TaskSpec } from '@lyceum/recipes';

/** What the run was asked to do. */
export interface RunPlan {
  readonly recipe: Recipe;
  readonly specs: ReadonlyMap<string, TaskSpec>;
}

/** A plan, or why there is none: a run of another version is then reported from what the run itself says. */
export type FoundPlan =
  { readonly plan: RunPlan; readonly gap?: undefined } | { readonly plan?: undefined; readonly gap: string };

/** Reads the run's recipe once more. */
export function planOf(run: Run): FoundPlan {
  try {
    const recipe = parseRecipe(run.recipe);
    return { plan: { recipe, specs: new Map(planRecipe(recipe).map((task) => [task.name, task.spec])) } };
  } catch (error) {
    return { gap: LyceumError.from(error).message };
  }
}
