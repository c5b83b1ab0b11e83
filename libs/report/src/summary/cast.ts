import type { Run, Task } from '@lyceum/contracts/orchestrator';
import { taskOf, type TrainTask } from '@lyceum/recipes';
import type { RunPlan } from './plan-of.js';

/** Who is who in a run, by task name. */
export interface Cast {
  /** The network that taught; the same as `alone` when a student was taught by its own earlier self. */
  readonly teacher?: string;
  /** A teacher that was not trained in this run. */
  readonly outside?: { readonly name: string; readonly architecture: string };
  /** The student trained without a teacher. */
  readonly alone?: string;
  readonly distilled: readonly string[];
  /** Further networks of stages that train several models: those of a sweep, and links of a chain. */
  readonly others: readonly string[];
}

/** Takes the recipe's `compare`; what it leaves out follows from the stages. */
export function castOf(run: Run, plan: RunPlan | undefined): Cast {
  const facts = run.tasks.map((task) => factsOf(task, plan));
  const compare = plan?.recipe.spec.compare;
  const named = (ref: string | undefined) =>
    ref === undefined || plan === undefined ? undefined : taskOf(plan.recipe, ref);
  const chosen = (compare?.distilled ?? []).map((ref) => named(ref)).filter((name) => name !== undefined);
  const distilled = chosen.length > 0 ? chosen : facts.filter(isDistilled).map((fact) => fact.name);
  const students = facts.filter((fact) => distilled.includes(fact.name));
  const teacher = named(compare?.teacher) ?? students.flatMap((student) => student.teachers)[0];
  const alone = named(compare?.alone) ?? aloneOf(facts, students);
  const outside = teacher === undefined ? students.flatMap((student) => student.outside)[0] : undefined;
  const cast = [teacher, alone, ...distilled];
  return {
    ...(teacher === undefined ? {} : { teacher }),
    ...(outside === undefined ? {} : { outside }),
    ...(alone === undefined ? {} : { alone }),
    distilled: distilled.filter((name) => name !== teacher && name !== alone),
    others: ofSeveralModels(run, plan).filter((name) => !cast.includes(name)),
  };
}

function ofSeveralModels(run: Run, plan: RunPlan | undefined): string[] {
  const stages = plan?.recipe.spec.stages ?? [];
  const several = stages.flatMap((stage) => ('models' in stage && stage.kind !== 'evaluate' ? stage : []));
  const names = several.filter(({ models }) => models !== undefined).map(({ name }) => name);
  return run.tasks.filter(({ stage }) => names.includes(stage)).map(({ name }) => name);
}

interface Facts {
  readonly name: string;
  readonly kind: string;
  readonly teachers: readonly string[];
  readonly outside: readonly { name: string; architecture: string }[];
  /** Something that is equal for networks of one architecture, if known. */
  readonly build: string | undefined;
  /** Whether the whole network was trained, not only its first layers. */
  readonly whole: boolean;
}

function factsOf(task: Task, plan: RunPlan | undefined): Facts {
  const spec = plan?.specs.get(task.name);
  const { name, kind } = task;
  if (spec?.kind === 'train') {
    const teachers = spec.teachers.flatMap(({ weights, best = [] }) =>
      weights === undefined ? best.map(({ task }) => task) : [folderOf(weights)],
    );
    const outside = spec.teachers
      .filter(({ file }) => file !== undefined)
      .map((teacher) => ({ name: teacher.name, architecture: teacher.architecture }));
    return { name, kind, teachers, outside, build: spec.model.architecture, whole: isWhole(spec) };
  }
  const parameters = task.results.parameterCount;
  const build = parameters === undefined ? undefined : String(parameters);
  return { name, kind, teachers: kind === 'distill' ? task.dependsOn : [], outside: [], build, whole: true };
}

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/'));

const isWhole = (spec: TrainTask): boolean => spec.trainOnlyUpTo === undefined;

const isDistilled = (fact: Facts): boolean =>
  (fact.kind === 'distill' || fact.kind === 'co-train') && fact.whole;

function aloneOf(facts: readonly Facts[], students: readonly Facts[]): string | undefined {
  const teachers = new Set(students.flatMap((student) => student.teachers));
  const builds = new Set(students.map((student) => student.build).filter((build) => build !== undefined));
  const candidates = facts.filter((fact) => fact.kind === 'train' && fact.whole);
  const alike = candidates.filter((fact) => fact.build !== undefined && builds.has(fact.build));
  const apart = (among: readonly Facts[]) => among.find((fact) => !teachers.has(fact.name));
  return (apart(alike) ?? alike[0] ?? apart(candidates))?.name;
}
