import { invalidField } from '@lyceum/errors';
import { parseLossName } from '@lyceum/losses';
import { asDistilled, type CacheStage } from './cache-stage.js';
import { architectureOf, taskOf } from './network-refs.js';
import type { NetworkRef } from './network-schema.js';
import { eachTask, evaluatedNetworks } from './evaluated-networks.js';
import { tasksBefore } from './tasks-before.js';
import { lossesOf } from './usual-losses.js';
import { stageDataOf, viewPixelsOf } from './stage-data.js';
import { stageNetworks, type StageNetwork, type TrainedStage } from './stage-networks.js';
import type { LossEntry, Recipe, SelectedTaps, Stage } from './schema.js';
import { trainingSchema, type TrainingPlan } from './training-schema.js';
import {
  adaptersKey,
  selectionKey,
  weightsKey,
  type CacheTask,
  type PlannedTask,
  type SelectTask,
  type TaskNetwork,
  type TaskTeacher,
  type TrainTask,
} from './task-spec.js';

type SelectStage = Extract<Stage, { kind: 'select' }>;
type EvaluateStage = Extract<Stage, { kind: 'evaluate' }>;

/** Turns a checked recipe into the tasks that workers do, in the recipe's order. */
export function planRecipe(recipe: Recipe): PlannedTask[] {
  return recipe.spec.stages.flatMap((stage) => planStage(recipe, stage));
}

function planStage(recipe: Recipe, stage: Stage): PlannedTask[] {
  switch (stage.kind) {
    case 'train':
    case 'distill':
    case 'co-train':
      return stageNetworks(stage).map((network) => trained(recipe, stage, network));
    case 'evaluate':
      return planEvaluations(recipe, stage);
    case 'select':
      return [planSelection(recipe, stage)];
    case 'cache':
      return [planCache(recipe, stage)];
  }
}

function planEvaluations(recipe: Recipe, stage: EvaluateStage): PlannedTask[] {
  const networks = evaluatedNetworks(stage);
  if (!stage.each) {
    const refs = networks.map(({ ref }) => ref);
    return [planEvaluation(recipe, stage, stage.name, refs)];
  }
  return networks.map(({ label, ref }) => planEvaluation(recipe, stage, eachTask(stage.name, label), [ref]));
}

function planEvaluation(
  recipe: Recipe,
  evaluation: EvaluateStage,
  task: string,
  refs: readonly NetworkRef[],
): PlannedTask {
  const { name: stage, metrics } = evaluation;
  const data = stageDataOf(recipe, evaluation);
  const networks = refs.map((ref) =>
    networkOf(recipe, ref.model === undefined ? ref : { ...ref, viewPixels: data.viewPixels }),
  );
  const { batchSize } = recipe.spec.training;
  const spec = { kind: 'evaluate', stage, task, data, networks, batchSize, metrics } as const;
  return { name: task, stage, kind: 'evaluate', dependsOn: tasksOf(networks), spec };
}

function planSelection(recipe: Recipe, { name, teacher, ...rest }: SelectStage): PlannedTask {
  const { points, similarity, samples } = rest;
  const data = stageDataOf(recipe, rest);
  const network = networkOf(recipe, teacher);
  const task = { kind: 'select', stage: name, task: name, data, network } as const;
  const spec: SelectTask = { ...task, points, similarity, samples };
  return { name, stage: name, kind: 'select', dependsOn: tasksOf([network]), spec };
}

function planCache(recipe: Recipe, stage: CacheStage): PlannedTask {
  const { name, losses } = stage;
  const { models, seed, training } = recipe.spec;
  const distilled = asDistilled(stage);
  const [network] = stageNetworks(distilled);
  const teachers = teachersOf(recipe, distilled, network);
  const spec: CacheTask = {
    kind: 'cache',
    stage: name,
    task: name,
    dataSeed: stage.seed ?? seed,
    data: stageDataOf(recipe, stage),
    model: models[stage.model],
    batchSize: training.batchSize,
    losses: taskLosses(recipe, losses),
    teachers,
  };
  const read = losses.flatMap((entry) => stagesRead(recipe, entry));
  const dependsOn = [...new Set([...tasksOf(teachers), ...read, ...tasksBefore(recipe, stage)])];
  return { name, stage: name, kind: 'cache', dependsOn, spec };
}

/** The tasks that networks come from, or may come from. */
function tasksOf(networks: readonly TaskNetwork[]): string[] {
  const tasks = networks.flatMap(({ weights, best = [] }) =>
    weights === undefined ? best.map(({ task }) => task) : [taskOfWeights(weights)],
  );
  return [...new Set(tasks)];
}

const taskOfWeights = (key: string): string => key.slice(0, -weightsKey('').length);

/** A network that is used as it is: one that a stage trains, the best of some, or a model with weights of its own. */
function networkOf(recipe: Recipe, { stage, model = '', best, viewPixels }: NetworkRef): TaskNetwork {
  if (best !== undefined) return bestOf(recipe, best, viewPixels);
  const pixels =
    viewPixels ?? (stage === undefined ? recipe.spec.data.viewPixels : viewPixelsOf(recipe, stage));
  const seen = pixels === undefined ? {} : { viewPixels: pixels };
  if (stage !== undefined) return { ...trainedNetwork(recipe, stage), ...seen };
  const { weights: file, architecture } = recipe.spec.models[model];
  if (file === undefined)
    throw invalidField(`spec.models.${model}.weights`, 'a network that is used as it is needs weights');
  return { file, architecture, ...seen };
}

function trainedNetwork(recipe: Recipe, ref: string): { weights: string; architecture: string } {
  const task = taskOf(recipe, ref);
  return { weights: weightsKey(task), architecture: architectureOf(recipe, task) };
}

function bestOf(recipe: Recipe, refs: readonly string[], viewPixels: number | undefined): TaskNetwork {
  const candidates = [...new Set(refs.map((ref) => taskOf(recipe, ref)))].map((task) => {
    const pixels = viewPixels ?? viewPixelsOf(recipe, task);
    const seen = pixels === undefined ? {} : { viewPixels: pixels };
    return { task, ...trainedNetwork(recipe, task), ...seen };
  });
  const [{ architecture, viewPixels: pixels }] = candidates;
  return { best: candidates, architecture, ...(pixels === undefined ? {} : { viewPixels: pixels }) };
}

function trained(recipe: Recipe, stage: TrainedStage, network: StageNetwork): PlannedTask {
  const { spec } = recipe;
  const init = stage.init && initOf(recipe, stage.init);
  const peer = peerOf(stage, network);
  const teachers = teachersOf(recipe, stage, network);
  const task: TrainTask = {
    kind: 'train',
    stage: stage.name,
    task: network.task,
    seed: peer?.seed ?? (stage.seed ?? spec.seed) + network.seedOffset,
    dataSeed: stage.seed ?? spec.seed,
    data: stageDataOf(recipe, stage),
    model: spec.models[network.model],
    training: trainingOf(recipe, stage),
    losses: taskLosses(recipe, lossesOf(stage)),
    teachers,
    peers: peer?.others ?? [],
    ...(peer === undefined ? {} : { self: peer.name }),
    ...(init === undefined ? {} : { init }),
    ...(stage.freeze === undefined ? {} : { freeze: stage.freeze }),
    ...(stage.trainOnlyUpTo === undefined ? {} : { trainOnlyUpTo: stage.trainOnlyUpTo }),
  };
  const started = init === undefined ? [] : [taskOfWeights(init.weights)];
  const read = (stage.losses ?? []).flatMap((entry) => stagesRead(recipe, entry));
  return {
    name: network.task,
    stage: stage.name,
    kind: stage.kind,
    dependsOn: [...new Set([...tasksOf(teachers), ...started, ...read, ...tasksBefore(recipe, stage)])],
    ...(peer === undefined ? {} : { gang: stage.name }),
    spec: task,
  };
}

/** A network's place among peers. */
function peerOf(stage: TrainedStage, { part }: StageNetwork) {
  if (stage.kind !== 'co-train') return undefined;
  const [own] = stage.peers.filter(({ name }) => name === part);
  const others = stage.peers.map(({ name }) => name).filter((name) => name !== own.name);
  return { name: own.name, seed: own.seed, others };
}

/** Who teaches a network: the stage's teachers, or in the first one's place the network before it. */
function teachersOf(recipe: Recipe, stage: TrainedStage, { taughtBy }: StageNetwork): TaskTeacher[] {
  if (stage.kind === 'train') return [];
  const given = stage.teachers.map((ref, index) => {
    const name = teacherName(ref.name, index, stage.teachers.length);
    return { ref, fields: { name, dtype: ref.dtype } };
  });
  if (taughtBy === undefined)
    return given.map(({ ref, fields }) => ({ ...fields, ...networkOf(recipe, ref) }));
  return [{ ...given[0].fields, ...networkOf(recipe, { stage: taughtBy }) }];
}

function initOf(
  recipe: Recipe,
  { stage, ...only }: NonNullable<TrainedStage['init']>,
): NonNullable<TrainTask['init']> {
  return { weights: weightsKey(taskOf(recipe, stage)), ...only };
}

/** `spec.training` with the stage's changes, nested fields merged. */
export function trainingOf(recipe: Recipe, stage: { training: Record<string, unknown> }): TrainingPlan {
  const base = recipe.spec.training;
  const { optimizer, schedule, ...rest } = stage.training;
  return trainingSchema.parse({
    ...base,
    ...rest,
    optimizer: { ...base.optimizer, ...(optimizer as object | undefined) },
    schedule: schedule ?? base.schedule,
  });
}

/** Tasks whose results a loss takes. */
function stagesRead(recipe: Recipe, { teacherTaps, constants }: LossEntry): string[] {
  const selecting = Object.values(teacherTaps).flatMap((given) => (isSelection(given) ? [given.stage] : []));
  return typeof constants === 'object' ? [...selecting, taskOf(recipe, constants.stage)] : selecting;
}

function taskLosses(recipe: Recipe, losses: readonly LossEntry[]): TrainTask['losses'] {
  const names = lossNames(losses);
  return losses.map(({ constants, ...entry }, index) => {
    const given = Object.entries(entry.teacherTaps);
    const named = given.flatMap(([slot, taps]) => (isSelection(taps) ? [] : [[slot, taps] as const]));
    const selected = given.flatMap(([slot, taps]) => {
      if (!isSelection(taps)) return [];
      const { stage, point } = taps;
      return [[slot, { selection: selectionKey(stage), ...(point === undefined ? {} : { point }) }] as const];
    });
    return {
      ...entry,
      ...(constants === undefined ? {} : { constants: constantsOf(recipe, constants) }),
      as: names[index],
      teacherTaps: Object.fromEntries(named),
      ...(selected.length === 0 ? {} : { selectedTaps: Object.fromEntries(selected) }),
    };
  });
}

function constantsOf(
  recipe: Recipe,
  given: NonNullable<LossEntry['constants']>,
): TrainTask['losses'][number]['constants'] {
  if (typeof given === 'string') return { file: given };
  return { artifact: adaptersKey(taskOf(recipe, given.stage)) };
}

/** Whether the taps of a slot are those that a stage selects. */
export function isSelection(given: LossEntry['teacherTaps'][string]): given is SelectedTaps {
  return typeof given === 'object' && !Array.isArray(given);
}

/** The names of a stage's losses: those they are given, or their ids, numbered where one occurs twice. */
export function lossNames(losses: readonly LossEntry[]): string[] {
  const seen = new Map<string, number>();
  return losses.map(({ loss, as }) => {
    const { id } = parseLossName(loss);
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return as ?? (count === 1 ? id : `${id}-${count}`);
  });
}

/** A teacher's name in its stage, the one it is given or one by its place. */
export function teacherName(given: string | undefined, index: number, count: number): string {
  return given ?? (count === 1 ? 'teacher' : `teacher${index + 1}`);
}
