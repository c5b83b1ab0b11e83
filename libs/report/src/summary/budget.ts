import type { TrainTask } from '@lyceum/recipes';
import { count, listed, plural } from './format.js';
import type { RunPlan } from './plan-of.js';

/** Whether the taught students had what the student alone had, in sentences. */
export interface Budget {
  readonly same: boolean;
  readonly sentences: readonly string[];
}

/** Compares the trainings that the recipe asked for. Undefined when the recipe can't be read or there is no student alone. */
export function budgetOf(
  plan: RunPlan | undefined,
  alone: string | undefined,
  distilled: readonly string[],
): Budget | undefined {
  const base = trainTask(plan, alone);
  const students = distilled.map((name) => trainTask(plan, name)).filter((spec) => spec !== undefined);
  if (base === undefined || students.length === 0) return undefined;
  const differences = students.flatMap((student) => differencesOf(student, base));
  const seeds = students.filter(
    (student) => student.seed !== base.seed || student.dataSeed !== base.dataSeed,
  );
  const started = students.filter((student) => student.init !== undefined);
  const same = differences.length === 0 && started.length === 0;
  return {
    same,
    sentences: [
      same
        ? `Same budget for every student: ${budgetText(base)}.`
        : `The student alone had ${budgetText(base)}.`,
      ...differences,
      ...started.map(
        (s) => `${s.task} starts from the weights of ${startOf(s)}, whose training comes on top.`,
      ),
      seeds.length === 0
        ? `Same seed (${base.seed}${base.dataSeed === base.seed ? '' : `, data ${base.dataSeed}`}) for the initial weights and for the order and augmentation of the samples.`
        : `Seeds differ: ${[base, ...seeds].map((s) => `${s.task} ${s.seed}`).join(', ')}.`,
    ],
  };
}

function trainTask(plan: RunPlan | undefined, name: string | undefined): TrainTask | undefined {
  const spec = name === undefined ? undefined : plan?.specs.get(name);
  return spec?.kind === 'train' ? spec : undefined;
}

function budgetText({ training, data }: TrainTask): string {
  const { epochs, batchSize, optimizer } = training;
  const images =
    data.trainLimit === undefined ? 'the whole training split' : plural(data.trainLimit, 'training image');
  return `${plural(epochs, 'epoch')} over ${images} in batches of ${count(batchSize)}, ${optimizer.name} at ${optimizer.learningRate}`;
}

function differencesOf(student: TrainTask, base: TrainTask): string[] {
  const pairs: [string, number | string | object, number | string | object][] = [
    ['architecture', student.model.architecture, base.model.architecture],
    ['epochs', student.training.epochs, base.training.epochs],
    ['batch size', student.training.batchSize, base.training.batchSize],
    ['optimizer', student.training.optimizer, base.training.optimizer],
    ['schedule', student.training.schedule, base.training.schedule],
  ];
  const different = pairs
    .filter(([, own, other]) => JSON.stringify(own) !== JSON.stringify(other))
    .map(([what, own, other]) =>
      typeof own === 'object' || typeof other === 'object'
        ? `another ${what}`
        : `${what} ${own} instead of ${other}`,
    );
  return different.length === 0 ? [] : [`Not the same for ${student.task}: ${listed(different)}.`];
}

const startOf = (spec: TrainTask): string => spec.init?.weights.split('/').slice(0, -1).join('/') ?? '';
