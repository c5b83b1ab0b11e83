import { listDataSets } from '@lyceum/data';
import { describeModel } from '@lyceum/models';
import { planRecipe } from './plan.js';
import type { DataConfig } from './data-schema.js';
import type { Recipe } from './schema.js';
import type { CacheTask, TaskTeacher, TrainTask } from './task-spec.js';
import { viewsOf } from './views-of.js';

/** What a recipe takes, roughly; numbers that follow from its data are absent where the data has to be read for them. */
export interface RecipeCost {
  /** How many networks it trains. */
  readonly trainings: number;
  /** Of convolutions and dense layers, forwards and backwards, of students and their teachers; without adapters. */
  readonly multiplyAdds?: number;
  /** On two cores, from the multiply-adds. */
  readonly minutes?: number;
}

/** What two cores of about 3 GHz do when they train a ResNet of 16 to 64 channels in batches of 64. */
const multiplyAddsPerSecond = 40e9;

/** Roughly what a recipe takes, without running any of it. */
export function costOf(recipe: Recipe): RecipeCost {
  const tasks = planRecipe(recipe);
  const trainings = tasks.filter(({ spec }) => spec.kind === 'train');
  const each = tasks.flatMap(({ spec, dependsOn }) => {
    if (spec.kind === 'cache') return [multiplyAddsOfKeys(spec)];
    if (spec.kind !== 'train') return [];
    const before = tasks.filter(({ name }) => dependsOn.includes(name)).map((task) => task.spec);
    const asked = before.flatMap((task) => (task.kind === 'cache' ? task.teachers : []));
    return [multiplyAddsOf(spec, asked)];
  });
  const known = each.filter((value) => value !== undefined);
  if (known.length < each.length) return { trainings: trainings.length };
  const multiplyAdds = known.reduce((total, value) => total + value, 0);
  return { trainings: trainings.length, multiplyAdds, minutes: multiplyAdds / multiplyAddsPerSecond / 60 };
}

/**
 * Teachers answer a view of a sample once: what was asked before is in their cache, unless batches are mixed.
 * @param asked teachers that a cache stage has asked before.
 */
function multiplyAddsOf(
  { data, model, teachers, training }: TrainTask,
  asked: readonly TaskTeacher[],
): number | undefined {
  const images = imagesOf(data);
  if (images === undefined) return undefined;
  // Backwards takes twice what forwards does: once for the images, once for the weights.
  const student = 3 * forward(images, model.architecture, data.viewPixels);
  const isAsked = ({ weights, file }: TaskTeacher) =>
    asked.some((other) => other.weights === weights && other.file === file);
  const taught = ofAll(
    images,
    teachers.filter((teacher) => !isAsked(teacher)),
  );
  const views = Math.min(training.epochs, viewsOf(data));
  return images.count * (training.epochs * student + views * taught);
}

function multiplyAddsOfKeys({ data, teachers }: CacheTask): number | undefined {
  const images = imagesOf(data);
  return images && images.count * viewsOf(data) * ofAll(images, teachers);
}

function ofAll(images: Images, teachers: readonly TaskTeacher[]): number {
  return teachers.reduce(
    (sum, { architecture, viewPixels }) => sum + forward(images, architecture, viewPixels),
    0,
  );
}

/** Of one image. */
function forward(
  { shape, classCount }: Images,
  architecture: string,
  viewPixels: number | undefined,
): number {
  return describeModel({ architecture, classCount, inputShape: seenAt(shape, viewPixels) }).multiplyAdds;
}

type Shape = readonly [number, number, number];

function seenAt([height, width, channels]: Shape, viewPixels = Math.max(height, width)): Shape {
  const scale = viewPixels / Math.max(height, width);
  return [Math.round(height * scale), Math.round(width * scale), channels];
}

interface Images {
  readonly count: number;
  readonly shape: Shape;
  readonly classCount: number;
}

function imagesOf({ name, trainLimit = Infinity, classes, trainFrom }: DataConfig): Images | undefined {
  const set = listDataSets().find((candidate) => candidate.name === name);
  if (set?.shape === undefined || set.classes === undefined || set.counts === undefined) return undefined;
  const all = set.classes.length;
  const classCount = classes?.length ?? all;
  const own = Math.min(trainLimit, (set.counts.train * classCount) / all);
  const count = trainFrom === undefined ? own : trainFrom.trainLimit;
  if (count === undefined) return undefined;
  return { count, shape: set.shape, classCount };
}
