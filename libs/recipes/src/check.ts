import { isDataSetName, listDataSets } from '@lyceum/data';
import { LyceumError, nearestNames } from '@lyceum/errors';
import { findLoss, parseParams, type AnyLoss } from '@lyceum/losses';
import { describeModel } from '@lyceum/models';
import { trainingSchema, type LossEntry, type Recipe, type Stage } from './schema.js';

export interface Problem {
  readonly path: readonly (string | number)[];
  readonly description: string;
}

type Report = (path: Problem['path'], description: string) => void;

/** What a recipe's schema can't say: names that must exist, stages that must come earlier, losses that fit. */
export function checkRecipe(recipe: Recipe): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (path, description) => problems.push({ path, description });
  const { data, models, stages } = recipe.spec;
  if (!isDataSetName(data.name)) {
    const known = listDataSets().map((set) => set.name);
    report(['spec', 'data', 'name'], unknown('data set', data.name, known));
  }
  for (const [name, model] of Object.entries(models)) {
    attempt(['spec', 'models', name, 'architecture'], report, () =>
      describeModel({ architecture: model.architecture, classCount: 10, inputShape: [32, 32, 3] }),
    );
  }
  const earlier = new Map<string, Stage>();
  stages.forEach((stage, index) => {
    const at = ['spec', 'stages', index];
    if (earlier.has(stage.name)) report([...at, 'name'], `there is already a stage "${stage.name}"`);
    checkStage(recipe, stage, at, earlier, report);
    earlier.set(stage.name, stage);
  });
  for (const [field, refs] of Object.entries(recipe.spec.compare ?? {})) {
    for (const ref of [refs].flat()) checkRef(ref, ['spec', 'compare', field], earlier, report);
  }
  return problems;
}

type Earlier = ReadonlyMap<string, Stage>;

function checkStage(
  recipe: Recipe,
  stage: Stage,
  at: Problem['path'],
  earlier: Earlier,
  report: Report,
): void {
  if (stage.kind === 'evaluate') {
    if (stage.stages.length + stage.models.length === 0)
      report([...at, 'stages'], 'name at least one stage or model');
    stage.stages.forEach((ref, i) => checkRef(ref, [...at, 'stages', i], earlier, report));
    stage.models.forEach((model, i) => checkWeights(recipe, model, [...at, 'models', i], report));
    return;
  }
  const models = stage.kind === 'co-train' ? stage.peers.map((peer) => peer.model) : [stage.model];
  models.forEach((model, i) => {
    if (model in recipe.spec.models) return;
    const path = stage.kind === 'co-train' ? [...at, 'peers', i, 'model'] : [...at, 'model'];
    report(path, unknown('model', model, Object.keys(recipe.spec.models)));
  });
  if (stage.init) checkRef(stage.init.stage, [...at, 'init', 'stage'], earlier, report);
  const teachers = stage.kind === 'train' ? [] : stage.teachers;
  teachers.forEach((teacher, i) => {
    if (teacher.stage !== undefined)
      checkRef(teacher.stage, [...at, 'teachers', i, 'stage'], earlier, report);
    else checkWeights(recipe, teacher.model ?? '', [...at, 'teachers', i, 'model'], report);
  });
  const training = trainingSchema.partial().safeParse(stage.training);
  if (!training.success) {
    for (const issue of training.error.issues) {
      report([...at, 'training', ...(issue.path as (string | number)[])], issue.message);
    }
  }
  const names = teachers.map((t, i) => t.name ?? (teachers.length === 1 ? 'teacher' : `teacher${i + 1}`));
  const peers = stage.kind === 'co-train' ? stage.peers.map((peer) => peer.name) : [];
  stage.losses?.forEach((entry, i) => checkLoss(entry, [...at, 'losses', i], names, peers, report));
}

function checkWeights(recipe: Recipe, model: string, at: Problem['path'], report: Report): void {
  const { models } = recipe.spec;
  if (!(model in models)) report(at, unknown('model', model, Object.keys(models)));
  else if (models[model].weights === undefined)
    report(at, `model "${model}" needs \`weights\` to be used as it is`);
}

function checkLoss(
  entry: LossEntry,
  at: Problem['path'],
  teachers: string[],
  peers: string[],
  report: Report,
): void {
  if (entry.via.includes(':')) return; // a service of its own describes its losses itself
  const module = attempt([...at, 'loss'], report, () => findLoss(entry.loss));
  if (module === undefined) return;
  try {
    parseParams(module.params, entry.params);
  } catch (error) {
    for (const { field, description } of LyceumError.from(error).violations) {
      report([...at, ...field.split('.')], description);
    }
  }
  checkKeys(module, entry, at, teachers, peers, report);
}

function checkKeys(
  module: AnyLoss,
  entry: LossEntry,
  at: Problem['path'],
  teachers: string[],
  peers: string[],
  report: Report,
): void {
  const sources = [...teachers, ...peers];
  entry.from?.forEach((source, i) => {
    if (!sources.includes(source)) report([...at, 'from', i], unknown('teacher or peer', source, sources));
  });
  if (module.teacher.length === 0 || entry.from !== undefined) return;
  const able = [
    module.keySources.includes('teacher') && teachers.length > 0,
    module.keySources.includes('peer') && peers.length > 0,
  ];
  if (!able.includes(true)) {
    const wanted = module.keySources.join(' or ');
    report(
      [...at, 'loss'],
      `"${module.id}" needs keys of a ${wanted}, and this stage has none; give it teachers or peers`,
    );
  }
}

function checkRef(ref: string, path: Problem['path'], earlier: Earlier, report: Report): void {
  const [name, part] = ref.split('/');
  const stage = earlier.get(name);
  if (stage === undefined) {
    report(
      path,
      `${unknown('earlier stage', name, earlier.keys())}; stages may only refer to those above them`,
    );
    return;
  }
  if (stage.kind === 'evaluate') report(path, `stage "${name}" only evaluates; it has no network`);
  if (part === undefined) return;
  const parts =
    stage.kind === 'co-train'
      ? stage.peers.map((peer) => peer.name)
      : stage.kind === 'distill' && stage.generations > 1
        ? Array.from({ length: stage.generations }, (_, i) => String(i + 1))
        : [];
  if (!parts.includes(part)) report(path, unknown(`part of stage "${name}"`, part, parts));
}

function attempt<T>(path: Problem['path'], report: Report, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    report(path, LyceumError.from(error).message);
    return undefined;
  }
}

function unknown(kind: string, name: string, known: Iterable<string>): string {
  const names = [...known];
  const [near] = nearestNames(name, names);
  if (near !== undefined) return `there is no ${kind} "${name}"; did you mean "${near}"?`;
  return `there is no ${kind} "${name}"; known: ${names.join(', ') || 'none'}`;
}
