import { invalidField } from '@lyceum/errors';
import { parseLossName } from '@lyceum/losses';
import {
  trainingSchema,
  type LossEntry,
  type Recipe,
  type Stage,
  type TeacherRef,
  type TrainingPlan,
} from './schema.js';
import { weightsKey, type PlannedTask, type TaskTeacher, type TrainTask } from './task-spec.js';

type DistillStage = Extract<Stage, { kind: 'distill' }>;
type CoTrainStage = Extract<Stage, { kind: 'co-train' }>;
type TrainedStage = Exclude<Stage, { kind: 'evaluate' }>;

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
    case 'evaluate': {
      const tasks = stage.stages.map((ref) => taskOf(recipe, ref));
      const networks = [
        ...tasks.map((task) => ({ weights: weightsKey(task), architecture: architectureOf(recipe, task) })),
        ...stage.models.map((name) => {
          const { weights: file, architecture } = recipe.spec.models[name];
          return { ...(file === undefined ? {} : { file }), architecture };
        }),
      ];
      const { data, training } = recipe.spec;
      const spec = {
        kind: 'evaluate',
        stage: stage.name,
        task: stage.name,
        data,
        networks,
        batchSize: training.batchSize,
      } as const;
      return [{ name: stage.name, stage: stage.name, kind: stage.kind, dependsOn: tasks, spec }];
    }
  }
}

function planGenerations(recipe: Recipe, stage: DistillStage): PlannedTask[] {
  const first = stage.teachers.map((ref, index) => teacherOf(recipe, ref, index, stage.teachers.length));
  if (stage.generations === 1) {
    return [trained(recipe, stage, { name: stage.name, model: stage.model, teachers: first })];
  }
  return Array.from({ length: stage.generations }, (_, index) => {
    const before = `${stage.name}/${index}`;
    const teacher = {
      ...first[0],
      weights: weightsKey(before),
      architecture: architectureOf(recipe, before),
    };
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
  const init = stage.init && { weights: weightsKey(taskOf(recipe, stage.init.stage)), upTo: stage.init.upTo };
  const task: TrainTask = {
    kind: 'train',
    stage: stage.name,
    task: student.name,
    seed: student.seed ?? (stage.seed ?? spec.seed) + (student.seedOffset ?? 0),
    dataSeed: stage.seed ?? spec.seed,
    data: spec.data,
    model: spec.models[student.model],
    training: trainingOf(recipe, stage),
    losses: nameLosses(stage.losses ?? [crossEntropy]),
    teachers: student.teachers,
    peers: student.peers ?? [],
    ...(student.self === undefined ? {} : { self: student.self }),
    ...(init === undefined ? {} : { init }),
    ...(stage.trainOnlyUpTo === undefined ? {} : { trainOnlyUpTo: stage.trainOnlyUpTo }),
  };
  const needed = [...student.teachers.map((teacher) => teacher.weights), init?.weights];
  const dependsOn = needed.flatMap((key) =>
    key === undefined ? [] : [key.slice(0, -weightsKey('').length)],
  );
  return {
    name: student.name,
    stage: stage.name,
    kind: stage.kind,
    dependsOn: [...new Set(dependsOn)],
    spec: task,
  };
}

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

function nameLosses(losses: readonly LossEntry[]): TrainTask['losses'] {
  const seen = new Map<string, number>();
  return losses.map((entry) => {
    const { id } = parseLossName(entry.loss);
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return { ...entry, as: entry.as ?? (count === 1 ? id : `${id}-${count}`) };
  });
}

/** A teacher's name in its stage, the one it is given or one by its place. */
export function teacherName(given: string | undefined, index: number, count: number): string {
  return given ?? (count === 1 ? 'teacher' : `teacher${index + 1}`);
}

function teacherOf(recipe: Recipe, ref: TeacherRef, index: number, count: number): TaskTeacher {
  const name = teacherName(ref.name, index, count);
  if (ref.stage !== undefined) {
    const task = taskOf(recipe, ref.stage);
    return { name, weights: weightsKey(task), architecture: architectureOf(recipe, task), dtype: ref.dtype };
  }
  const model = recipe.spec.models[ref.model ?? ''];
  if (model.weights === undefined)
    throw invalidField(`spec.models.${ref.model}.weights`, 'a model that teaches needs weights');
  return { name, file: model.weights, architecture: model.architecture, dtype: ref.dtype };
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
  if (stage === undefined || stage.kind === 'evaluate')
    throw invalidField('spec.stages', `there is no trained stage "${name}"`);
  const model = stage.kind === 'co-train' ? stage.peers.find((p) => p.name === peer)?.model : stage.model;
  return recipe.spec.models[model ?? ''].architecture;
}
