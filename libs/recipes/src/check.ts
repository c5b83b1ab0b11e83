import { LyceumError } from '@lyceum/errors';
import { findLoss } from '@lyceum/losses';
import { describeModel } from '@lyceum/models';
import {
  isUnknownHere,
  lossProblems,
  pairProblems,
  sourcesOf,
  tapProblems,
  unknownText,
  type Problem,
} from './check-loss.js';
import { asDistilled, type CacheStage } from './cache-stage.js';
import { cacheProblems } from './check-cache.js';
import { dataProblems, labelProblems } from './check-data.js';
import { foreignEncodingProblems, topKProblems } from './check-encoding.js';
import { startProblems } from './check-start.js';
import { comparisonProblems, metricProblems } from './check-metrics.js';
import { selectionProblems, selectStageProblems, standIns } from './check-selection.js';
import type { NetworkRef } from './network-schema.js';
import { evaluatedNetworks } from './evaluated-networks.js';
import { lossNames, teacherName } from './plan.js';
import { stageDataOf } from './stage-data.js';
import type { Recipe, Stage, TeacherRef } from './schema.js';
import { trainingSchema } from './training-schema.js';
import { isTrained, stageNetworks, type TrainedStage } from './stage-networks.js';
import { attempted, networkTaps, someData, tapPairs } from './tap-pairs.js';

type Report = (path: Problem['path'], description: string) => void;

/** What a recipe's schema can't say: names that must exist, stages that must come earlier, losses that fit. */
export function checkRecipe(recipe: Recipe): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (path, description) => problems.push({ path, description });
  const { data, models, stages } = recipe.spec;
  for (const { path, description } of dataProblems(data)) report(['spec', 'data', ...path], description);
  for (const [name, model] of Object.entries(models)) {
    attempt(['spec', 'models', name, 'architecture'], report, () =>
      describeModel({ architecture: model.architecture, ...someData }),
    );
  }
  const earlier = new Map<string, Stage>();
  stages.forEach((stage, index) => {
    const at = ['spec', 'stages', index];
    if (earlier.has(stage.name)) report([...at, 'name'], `there is already a stage "${stage.name}"`);
    checkStage(recipe, stage, at, earlier, report);
    earlier.set(stage.name, stage);
  });
  const { metric, ...compared } = recipe.spec.compare ?? {};
  for (const [field, refs] of Object.entries(compared)) {
    for (const ref of [refs].flat()) checkRef(ref, ['spec', 'compare', field], earlier, report);
  }
  if (metric !== undefined && problems.length === 0) problems.push(...comparisonProblems(recipe, metric));
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
  const ofData = stage.data === undefined ? [] : dataProblems(stageDataOf(recipe, stage));
  for (const { path, description } of ofData) report([...at, 'data', ...path], description);
  for (const { path, description } of labelProblems(recipe, stage)) report([...at, ...path], description);
  if (stage.kind === 'evaluate') {
    if (evaluatedNetworks(stage).length === 0) report([...at, 'stages'], 'name at least one stage or model');
    if (stage.best !== undefined) checkBest(recipe, stage.best, [...at, 'best'], earlier, report);
    stage.stages.forEach((ref, i) => checkRef(ref, [...at, 'stages', i], earlier, report));
    stage.models.forEach((model, i) => checkWeights(recipe, model, [...at, 'models', i], report));
    for (const { path, description } of metricProblems(recipe, stage)) report([...at, ...path], description);
    return;
  }
  if (stage.kind === 'select') {
    checkNetwork(recipe, stage.teacher, [...at, 'teacher'], earlier, report);
    const [taps] = networkTaps(recipe, stage.teacher);
    const problems = selectStageProblems(stage, taps);
    for (const { path, description } of problems) report([...at, ...path], description);
    return;
  }
  for (const { path, description } of afterProblems(stage, earlier)) report([...at, ...path], description);
  if (stage.kind !== 'cache') return checkTrained(recipe, stage, at, earlier, report);
  const problems = cacheProblems(recipe, stage);
  for (const { path, description } of problems) report([...at, ...path], description);
  if (problems.length === 0) checkTrained(recipe, asDistilled(stage), at, earlier, report);
}

/** A stage that trains, or asks for what it would be trained with. */
function checkTrained(
  recipe: Recipe,
  stage: TrainedStage,
  at: Problem['path'],
  earlier: Earlier,
  report: Report,
): void {
  const named = modelsNamed(stage);
  for (const { model, path } of named) {
    if (model in recipe.spec.models) continue;
    report([...at, ...path], unknownText('model', model, Object.keys(recipe.spec.models)));
  }
  if (stage.init) checkRef(stage.init.stage, [...at, 'init', 'stage'], earlier, report);
  for (const { path, description } of startProblems(recipe, stage, [
    ...new Set(named.map(({ model }) => model)),
  ]))
    report([...at, ...path], description);
  teachersOf(stage).forEach((teacher, i) => {
    checkNetwork(recipe, teacher, [...at, 'teachers', i], earlier, report);
  });
  const training = trainingSchema.partial().safeParse(stage.training);
  if (!training.success) {
    for (const issue of training.error.issues) {
      report([...at, 'training', ...(issue.path as (string | number)[])], issue.message);
    }
  }
  checkLosses(recipe, stage, at, earlier, report);
}

/** Stages can only come after those above them, so there are no circles. */
function afterProblems({ name, after = [] }: TrainedStage | CacheStage, earlier: Earlier): Problem[] {
  return after.flatMap((other, i) => {
    if (earlier.has(other)) return [];
    const path = ['after', i];
    if (other === name) return [{ path, description: 'a stage can not come after itself' }];
    return [{ path, description: `${unknownText('earlier stage', other, earlier.keys())}; ${onlyAbove}` }];
  });
}

const onlyAbove = 'stages may only refer to those above them';

/** The models that a stage names, and where. */
function modelsNamed(stage: TrainedStage): { model: string; path: Problem['path'] }[] {
  if (stage.kind === 'co-train')
    return stage.peers.map(({ model }, i) => ({ model, path: ['peers', i, 'model'] }));
  const { model, models = [] } = stage;
  if (model !== undefined) return [{ model, path: ['model'] }];
  return models.map((one, i) => ({ model: one, path: ['models', i] }));
}

function checkNetwork(
  recipe: Recipe,
  { stage, model = '', best }: NetworkRef,
  at: Problem['path'],
  earlier: Earlier,
  report: Report,
): void {
  if (best !== undefined) checkBest(recipe, best, [...at, 'best'], earlier, report);
  else if (stage !== undefined) checkRef(stage, [...at, 'stage'], earlier, report);
  else checkWeights(recipe, model, [...at, 'model'], report);
}

/** Who chooses by accuracy needs samples that neither the training nor the test has seen. */
function checkBest(
  recipe: Recipe,
  refs: readonly string[],
  at: Problem['path'],
  earlier: Earlier,
  report: Report,
): void {
  refs.forEach((ref, i) => {
    checkRef(ref, [...at, i], earlier, report);
    const stage = earlier.get(ref.split('/')[0]);
    if (stage === undefined || !isTrained(stage) || stageDataOf(recipe, stage).validation !== undefined)
      return;
    const why = `the best is chosen by validation accuracy, and stage "${stage.name}" holds out no samples`;
    report([...at, i], `${why}; say how many under spec.data.validation`);
  });
}

function checkWeights(recipe: Recipe, model: string, at: Problem['path'], report: Report): void {
  const { models } = recipe.spec;
  if (!(model in models)) report(at, unknownText('model', model, Object.keys(models)));
  else if (models[model].weights === undefined)
    report(at, `model "${model}" needs \`weights\` to be used as it is`);
}

function checkLosses(
  recipe: Recipe,
  stage: TrainedStage,
  at: Problem['path'],
  earlier: Earlier,
  report: Report,
): void {
  checkLossNames(stage, at, report);
  const givers = {
    teachers: teachersOf(stage).map(({ name }, i, { length }) => teacherName(name, i, length)),
    peers: stage.kind === 'co-train' ? stage.peers.map((peer) => peer.name) : [],
  };
  const pairs = tapPairs(recipe, stage);
  const studentTaps = new Set(pairs.map(({ student }) => student));
  const selectedFrom = (names: readonly string[]) => {
    const teachers = teachersOf(stage).map((ref, i) => ({ name: givers.teachers[i], ref }));
    return { recipe, stage, earlier, teachers: teachers.filter(({ name }) => names.includes(name)) };
  };
  stage.losses?.forEach((entry, i) => {
    const under = [...at, 'losses', i];
    const tell = (problems: readonly Problem[]) => {
      for (const { path, description } of problems) report([...under, ...path], description);
    };
    tell(topKProblems(entry, stageDataOf(recipe, stage)));
    if (isUnknownHere(entry)) {
      tell(foreignEncodingProblems(entry));
      tell(selectionProblems(entry, undefined, selectedFrom(entry.from ?? givers.teachers)));
      return;
    }
    const module = attempt([...under, 'loss'], report, () => findLoss(entry.loss));
    if (module === undefined) return;
    const sources = sourcesOf(module, entry, givers);
    const wrongSelections = selectionProblems(entry, module, selectedFrom(sources));
    const asked = pairs.filter(({ teacher }) => sources.includes(teacher));
    const askedTaps = new Set(asked.map(({ taps }) => taps));
    if (typeof entry.constants === 'object')
      checkAdapters(entry.constants.stage, [...under, 'constants', 'stage'], earlier, report);
    tell([
      ...wrongSelections,
      ...lossProblems(module, standIns(entry, earlier, asked[0]?.taps), givers),
      ...[...studentTaps].flatMap((taps) =>
        tapProblems(module, standIns(entry, earlier, undefined), 'student', taps),
      ),
    ]);
    if (wrongSelections.length > 0) return;
    for (const taps of askedTaps) {
      const named = standIns(entry, earlier, taps);
      const unfit = tapProblems(module, named, 'teacher', taps);
      const students = new Set(asked.filter((pair) => pair.taps === taps).map(({ student }) => student));
      const unequal = [...students].flatMap((own) => pairProblems(module, named, own, taps));
      tell(unfit.length > 0 ? unfit : unequal.slice(0, 1));
    }
  });
}

/** Constants that are the adapters of another stage. */
function checkAdapters(ref: string, at: Problem['path'], earlier: Earlier, report: Report): void {
  checkRef(ref, at, earlier, report);
  const stage = earlier.get(ref.split('/')[0]);
  if (stage === undefined || !isTrained(stage)) return;
  const owns = stage.losses?.some(
    (entry) => isUnknownHere(entry) || attempted(() => findLoss(entry.loss))?.adapters !== undefined,
  );
  if (owns !== true) report(at, `no loss of stage "${stage.name}" trains adapters`);
}

/** Curves, checkpoints and keys are told apart by the names of losses. */
function checkLossNames({ losses = [] }: TrainedStage, at: Problem['path'], report: Report): void {
  const names = lossNames(losses);
  names.forEach((name, i) => {
    if (names.indexOf(name) === i) return;
    const field = losses[i].as === undefined ? 'loss' : 'as';
    report(
      [...at, 'losses', i, field],
      `there is already a loss "${name}" in this stage; give it another name by \`as\``,
    );
  });
}

function teachersOf(stage: TrainedStage): readonly TeacherRef[] {
  return stage.kind === 'train' ? [] : stage.teachers;
}

/** What stages without a network do. */
const does = { evaluate: 'evaluates', select: 'selects', cache: 'asks for keys' } as const;

function checkRef(ref: string, path: Problem['path'], earlier: Earlier, report: Report): void {
  const [name, part] = ref.split('/');
  const stage = earlier.get(name);
  if (stage === undefined) {
    report(path, `${unknownText('earlier stage', name, earlier.keys())}; ${onlyAbove}`);
    return;
  }
  if (!isTrained(stage)) report(path, `stage "${name}" only ${does[stage.kind]}; it has no network`);
  if (part === undefined) return;
  const networks = isTrained(stage) ? stageNetworks(stage) : [];
  const parts = networks.flatMap((network) => (network.part === undefined ? [] : [network.part]));
  if (!parts.includes(part)) report(path, unknownText(`part of stage "${name}"`, part, parts));
}

function attempt<T>(path: Problem['path'], report: Report, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    report(path, LyceumError.from(error).message);
    return undefined;
  }
}
