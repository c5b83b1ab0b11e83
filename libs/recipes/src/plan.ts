import { invalidField } from '@lyceum/errors';
import { parseLossName } from '@lyceum/losses';
import { stageDataOf, viewPixelsOf } from './stage-data.js';
import {
  trainingSchema,
  type LossEntry,
  type Recipe,
  type SelectedTaps,
  type Stage,
  type TeacherRef,
  type TrainingPlan,
} from './schema.js';
import {
  adaptersKey,
  selectionKey,
  weightsKey,
  type PlannedTask,
  type SelectTask,
  type TaskNetwork,
  type TaskTeacher,
  type TrainTask,
} from './task-spec.js';

type DistillStage = Extract<Stage, { kind: 'distill' }>;
type CoTrainStage = Extract<Stage, { kind: 'co-train' }>;
type SelectStage = Extract<Stage, { kind: 'select' }>;
type EvaluateStage = Extract<Stage, { kind: 'evaluate' }>;
type TrainedStage = Exclude<Stage, SelectStage | EvaluateStage>;

/** Turns a checked recipe into the tasks that workers do, in the recipe's order. */
export function planRecipe(recipe: Recipe): PlannedTask[] {
  return recipe.spec.stages.flatMap((stage) => planStage(recipe, stage));
}

function planStage(recipe: Recipe, stage: Stage): PlannedTask[] {
  switch (stage.kind) {
    case 'train':
      return [trained(recipe, stage, { name: stage.name, model: stage.model, teachers: [] })];
    case 'distill':
      return planGenerations(recipe, stage);
    case 'co-train':
      return planPeers(recipe, stage);
    case 'evaluate':
      return planEvaluations(recipe, stage);
    case 'select':
      return [planSelection(recipe, stage)];
  }
}

function planEvaluations(recipe: Recipe, stage: EvaluateStage): PlannedTask[] {
  const { name, stages, models } = stage;
  if (!stage.each) return [planEvaluation(recipe, stage, name, stages, models)];
  return [
    ...stages.map((ref) => planEvaluation(recipe, stage, eachTask(name, ref), [ref], [])),
    ...models.map((model) => planEvaluation(recipe, stage, eachTask(name, model), [], [model])),
  ];
}

/** The task of one network of an evaluation of `each`. */
export const eachTask = (stage: string, network: string): string =>
  `${stage}/${network.replaceAll('/', '-')}`;

function planEvaluation(
  recipe: Recipe,
  evaluation: EvaluateStage,
  task: string,
  stages: readonly string[],
  models: readonly string[],
): PlannedTask {
  const { name: stage, metrics } = evaluation;
  const data = stageDataOf(recipe, evaluation);
  const networks = [
    ...stages.map((ref) => networkOf(recipe, { stage: ref })),
    ...models.map((model) => networkOf(recipe, { model, viewPixels: data.viewPixels })),
  ];
  const { batchSize } = recipe.spec.training;
  const spec = { kind: 'evaluate', stage, task, data, networks, batchSize, metrics } as const;
  const dependsOn = stages.map((ref) => taskOf(recipe, ref));
  return { name: task, stage, kind: 'evaluate', dependsOn, spec };
}

function planSelection(recipe: Recipe, { name, teacher, ...rest }: SelectStage): PlannedTask {
  const { points, similarity, samples } = rest;
  const data = stageDataOf(recipe, rest);
  const network = networkOf(recipe, teacher);
  const task = { kind: 'select', stage: name, task: name, data, network } as const;
  const spec: SelectTask = { ...task, points, similarity, samples };
  const dependsOn = teacher.stage === undefined ? [] : [taskOf(recipe, teacher.stage)];
  return { name, stage: name, kind: 'select', dependsOn, spec };
}

/** A network that is used as it is: one that a stage trains, or a model with weights of its own. */
function networkOf(
  recipe: Recipe,
  { stage, model = '', viewPixels }: Pick<TeacherRef, 'stage' | 'model' | 'viewPixels'>,
): TaskNetwork {
  const pixels =
    viewPixels ?? (stage === undefined ? recipe.spec.data.viewPixels : viewPixelsOf(recipe, stage));
  const seen = pixels === undefined ? {} : { viewPixels: pixels };
  if (stage !== undefined) {
    const task = taskOf(recipe, stage);
    return { weights: weightsKey(task), architecture: architectureOf(recipe, task), ...seen };
  }
  const { weights: file, architecture } = recipe.spec.models[model];
  if (file === undefined)
    throw invalidField(`spec.models.${model}.weights`, 'a network that is used as it is needs weights');
  return { file, architecture, ...seen };
}

function planGenerations(recipe: Recipe, stage: DistillStage): PlannedTask[] {
  const first = stage.teachers.map((ref, index) => teacherOf(recipe, ref, index, stage.teachers.length));
  if (stage.generations === 1) {
    return [trained(recipe, stage, { name: stage.name, model: stage.model, teachers: first })];
  }
  return Array.from({ length: stage.generations }, (_, index) => {
    const before = `${stage.name}/${index}`;
    const { name: as, dtype } = first[0];
    const teacher = { name: as, dtype, ...networkOf(recipe, { stage: before }) };
    const name = `${stage.name}/${index + 1}`;
    const teachers = index === 0 ? first : [teacher];
    return trained(recipe, stage, { name, model: stage.model, teachers, seedOffset: index + 1 });
  });
}

function planPeers(recipe: Recipe, stage: CoTrainStage): PlannedTask[] {
  const teachers = stage.teachers.map((ref, index) => teacherOf(recipe, ref, index, stage.teachers.length));
  return stage.peers.map((peer, index) => ({
    ...trained(recipe, stage, {
      name: `${stage.name}/${peer.name}`,
      model: peer.model,
      teachers,
      seedOffset: index,
      ...(peer.seed === undefined ? {} : { seed: peer.seed }),
      self: peer.name,
      peers: stage.peers.map((other) => other.name).filter((other) => other !== peer.name),
    }),
    gang: stage.name,
  }));
}

interface Student {
  readonly name: string;
  readonly model: string;
  readonly teachers: TaskTeacher[];
  readonly seed?: number;
  readonly seedOffset?: number;
  readonly self?: string;
  readonly peers?: string[];
}

function trained(recipe: Recipe, stage: TrainedStage, student: Student): PlannedTask {
  const { spec } = recipe;
  const init = stage.init && initOf(recipe, stage.init);
  const task: TrainTask = {
    kind: 'train',
    stage: stage.name,
    task: student.name,
    seed: student.seed ?? (stage.seed ?? spec.seed) + (student.seedOffset ?? 0),
    dataSeed: stage.seed ?? spec.seed,
    data: stageDataOf(recipe, stage),
    model: spec.models[student.model],
    training: trainingOf(recipe, stage),
    losses: taskLosses(recipe, lossesOf(stage)),
    teachers: student.teachers,
    peers: student.peers ?? [],
    ...(student.self === undefined ? {} : { self: student.self }),
    ...(init === undefined ? {} : { init }),
    ...(stage.freeze === undefined ? {} : { freeze: stage.freeze }),
    ...(stage.trainOnlyUpTo === undefined ? {} : { trainOnlyUpTo: stage.trainOnlyUpTo }),
  };
  const needed = [...student.teachers.map((teacher) => teacher.weights), init?.weights];
  const dependsOn = needed.flatMap((key) =>
    key === undefined ? [] : [key.slice(0, -weightsKey('').length)],
  );
  const read = (stage.losses ?? []).flatMap((entry) => stagesRead(recipe, entry));
  return {
    name: student.name,
    stage: stage.name,
    kind: stage.kind,
    dependsOn: [...new Set([...dependsOn, ...read])],
    spec: task,
  };
}

function initOf(
  recipe: Recipe,
  { stage, ...only }: NonNullable<TrainedStage['init']>,
): NonNullable<TrainTask['init']> {
  return { weights: weightsKey(taskOf(recipe, stage)), ...only };
}

/** The losses of a stage, or those that a stage of its kind has when it names none. */
export const lossesOf = ({ losses }: TrainedStage): readonly LossEntry[] => losses ?? [crossEntropy];

const crossEntropy: LossEntry = {
  loss: 'ce',
  weight: 1,
  params: {},
  studentTaps: {},
  teacherTaps: {},
  via: 'in-process',
};

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

function teacherOf(recipe: Recipe, ref: TeacherRef, index: number, count: number): TaskTeacher {
  const name = teacherName(ref.name, index, count);
  return { name, ...networkOf(recipe, ref), dtype: ref.dtype };
}

/** The task that a stage reference means: a stage's last generation, or its first peer. */
export function taskOf(recipe: Recipe, ref: string): string {
  if (ref.includes('/')) return ref;
  const stage = recipe.spec.stages.find((candidate) => candidate.name === ref);
  if (stage?.kind === 'distill' && stage.generations > 1) return `${ref}/${stage.generations}`;
  if (stage?.kind === 'co-train') return `${ref}/${stage.peers[0].name}`;
  return ref;
}

/** Architecture of a task's network. */
export function architectureOf(recipe: Recipe, task: string): string {
  const [name, peer] = task.split('/');
  const stage = recipe.spec.stages.find((candidate) => candidate.name === name);
  if (stage === undefined || stage.kind === 'evaluate' || stage.kind === 'select')
    throw invalidField('spec.stages', `there is no trained stage "${name}"`);
  const model = stage.kind === 'co-train' ? stage.peers.find((p) => p.name === peer)?.model : stage.model;
  return recipe.spec.models[model ?? ''].architecture;
}
