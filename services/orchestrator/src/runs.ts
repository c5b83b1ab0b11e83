import { LyceumError, renameFields } from '@lyceum/errors';
import {
  candidatesOf,
  parseRecipe,
  planRecipe,
  requireLossPackages,
  withChosen,
  type Choice,
  type PlannedTask,
  type TaskSpec,
} from '@lyceum/recipes';
import type { Run, RunStore } from '@lyceum/store';
import { randomBytes } from 'node:crypto';
import { reusable } from './reusable.js';

export interface RunsOptions {
  readonly store: RunStore;
  readonly artifactsUrl: string;
  readonly attemptLimit: number;
}

/** Runs and their plans. A plan is a function of the recipe's text, so it is made again, not stored. */
export class Runs {
  private readonly plans = new Map<string, readonly PlannedTask[]>();

  constructor(private readonly options: RunsOptions) {}

  /**
   * Starts a run; the same request again gives the same run.
   * @throws LyceumError ALREADY_EXISTS when an earlier request of that id asked for another recipe.
   */
  async create(requestId: string, text: string, reuse = false): Promise<Run> {
    const recipe = parseRecipe(text);
    requireLossPackages(recipe);
    const tasks = planRecipe(recipe);
    const { store, artifactsUrl, attemptLimit } = this.options;
    const run = await store.createRun({
      name: `${recipe.metadata.name}-${randomBytes(3).toString('hex')}`,
      requestId,
      recipeName: recipe.metadata.name,
      recipe: text,
      artifactRoot: artifactsUrl,
      tasks: tasks.map((task) => ({ ...(reuse ? reusable(task) : task), maxAttempts: attemptLimit })),
    });
    requireSameRecipe(run, text);
    this.plans.set(run.name, tasks);
    return run;
  }

  /** Goes on with a run that failed or was cancelled; its text must be what it was. */
  async resume(name: string, text: string): Promise<Run> {
    const { store } = this.options;
    const run = await store.getRun(name).catch((error: unknown) => {
      throw renameFields(error, () => 'resume');
    });
    if (text !== '' && text !== run.recipe) {
      throw new LyceumError(
        'WRONG_STATE',
        `resume: run "${name}" was made from another recipe text; start a new run`,
        {
          violations: [{ field: 'recipe', description: 'differs from the recipe of the run to resume' }],
        },
      );
    }
    return store.resumeRun(name);
  }

  /** The planned tasks of a run by name. */
  planOf(run: Run): readonly PlannedTask[] {
    const known = this.plans.get(run.name);
    if (known !== undefined) return known;
    const tasks = planRecipe(parseRecipe(run.recipe));
    this.plans.set(run.name, tasks);
    return tasks;
  }

  /**
   * A task with the networks that it takes, those chosen among others included; undefined for one that is not planned.
   * @throws LyceumError WRONG_STATE when it has to choose among networks that are not measured yet.
   */
  chosen(run: Run, task: string): { planned: PlannedTask; spec: TaskSpec; choices: Choice[] } | undefined {
    const planned = this.planOf(run).find(({ name }) => name === task);
    if (planned === undefined) return undefined;
    const results = new Map(run.tasks.map((done) => [done.name, done.results]));
    const accuracyOf = (name: string) => results.get(name)?.validationAccuracy;
    return { planned, ...withChosen(planned.spec, accuracyOf) };
  }

  /** Runs that have not ended, with their tasks. */
  async active(): Promise<Run[]> {
    const { store } = this.options;
    const { runs } = await store.listRuns(500);
    const open = runs.filter(({ state }) => state === 'PENDING' || state === 'RUNNING');
    return Promise.all(open.map(({ name }) => store.getRun(name)));
  }

  /** Tasks that are not done yet, of all active runs, with the networks that are chosen by now. */
  async unfinished(): Promise<{ run: string; name: string; planned: PlannedTask; spec: TaskSpec }[]> {
    const active = await this.active();
    return active.flatMap((run) => {
      const namesOf = (tasks: Run['tasks']) => new Set(tasks.map(({ name }) => name));
      const open = namesOf(run.tasks.filter(({ state }) => state === 'PENDING' || state === 'RUNNING'));
      const measured = namesOf(run.tasks.filter(({ results }) => results.validationAccuracy !== undefined));
      const chosen = ({ name, spec }: PlannedTask): TaskSpec => {
        const candidates = candidatesOf(spec);
        const canChoose = candidates.length > 0 && candidates.every((task) => measured.has(task));
        return (canChoose ? this.chosen(run, name)?.spec : undefined) ?? spec;
      };
      return this.planOf(run)
        .filter(({ name }) => open.has(name))
        .map((planned) => ({ run: run.name, name: planned.name, planned, spec: chosen(planned) }));
    });
  }
}

function requireSameRecipe({ name, recipe }: Run, text: string): void {
  if (recipe === text) return;
  const description = `run "${name}" was started by it, from another recipe; send another id for a new run`;
  throw new LyceumError('ALREADY_EXISTS', `request_id: ${description}`, {
    violations: [{ field: 'request_id', description }],
  });
}
